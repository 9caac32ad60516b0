//! Which character does a symbol font show here?
//!
//! Check boxes, arrows and signs that office programs store as a place in Symbol or Wingdings. Not here: the bullets of
//! lists.

use std::borrow::Cow;

/// Signs of the font Symbol.
const SYMBOL: &[(u32, &str)] = &[
    (0x44, "Δ"),
    (0x61, "α"),
    (0x62, "β"),
    (0x6D, "µ"),
    (0xA3, "≤"),
    (0xA5, "∞"),
    (0xAB, "↔"),
    (0xAC, "←"),
    (0xAD, "↑"),
    (0xAE, "→"),
    (0xAF, "↓"),
    (0xB0, "°"),
    (0xB1, "±"),
    (0xB3, "≥"),
    (0xB4, "×"),
    (0xB7, "•"),
    (0xB8, "÷"),
    (0xB9, "≠"),
    (0xBB, "≈"),
    (0xDE, "⇒"),
];
/// Signs of the Wingdings fonts that text in routines uses.
const WINGDINGS: &[(u32, &str)] = &[
    (0x28, "☎"),
    (0x2A, "✉"),
    (0x52, "☒"),
    (0x53, "☒"),
    (0x6E, "■"),
    (0x6F, "☐"),
    (0x71, "☐"),
    (0x78, "☒"),
    (0xA3, "☐"),
    (0xA7, "▪"),
    (0xA8, "☐"),
    (0xD8, "➢"),
    (0xDF, "←"),
    (0xE0, "→"),
    (0xE8, "→"),
    (0xF0, "⇨"),
    (0xFB, "✗"),
    (0xFC, "✓"),
    (0xFD, "☒"),
    (0xFE, "☑"),
];

/// The sign at a place of a font; empty for one that is only ornament.
pub(super) fn sign(code: u32, font: &str) -> String {
    let font = font.to_lowercase();
    let place = if is_private(code) { code - 0xF000 } else { code };
    let signs = if font.starts_with("symbol") {
        SYMBOL
    } else if font.starts_with("wingdings") || place != code {
        WINGDINGS
    } else {
        return char::from_u32(code).map(String::from).unwrap_or_default();
    };
    signs.iter().find(|(at, _)| *at == place).map(|(_, sign)| (*sign).to_owned()).unwrap_or_default()
}

/// Text with the private characters that stand for places in a symbol font shown as signs.
pub(super) fn shown<'a>(text: &'a str, font: &str) -> Cow<'a, str> {
    if !text.chars().any(|character| is_private(u32::from(character))) {
        return Cow::Borrowed(text);
    }
    let sign = |character: char| match u32::from(character) {
        code if is_private(code) => sign(code, font),
        _ => character.to_string(),
    };
    Cow::Owned(text.chars().map(sign).collect())
}

fn is_private(code: u32) -> bool {
    (0xF000..=0xF0FF).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_decides() {
        assert_eq!(sign(0xF0A3, "Symbol"), "≤");
        assert_eq!(sign(0xF0A3, "Wingdings 2"), "☐");
        assert_eq!(sign(0xE5, "Calibri"), "å");
        assert_eq!(shown("\u{f0b3} 38 \u{f0b0}C", "Symbol"), "≥ 38 °C");
        assert_eq!(shown("\u{f0fe} klart", ""), "☑ klart");
    }
}
