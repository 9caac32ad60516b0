//! Which character does a symbol font show here?
//!
//! Check boxes, arrows and signs that Word stores as a place in Symbol or Wingdings. Not here: bullets of lists
//! ([`super::numbering`]).

use crate::ingest::readers::office::xml::Element;

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

/// The text of a `w:sym`; empty for a sign that is only ornament.
pub(super) fn text(symbol: &Element) -> String {
    let Some(code) = symbol.attribute("char").and_then(|code| u32::from_str_radix(code, 16).ok()) else {
        return String::new();
    };
    let font = symbol.attribute("font").unwrap_or_default().to_lowercase();
    let place = if (0xF000..=0xF0FF).contains(&code) { code - 0xF000 } else { code };
    let signs = if font.starts_with("symbol") {
        SYMBOL
    } else if font.starts_with("wingdings") || place != code {
        WINGDINGS
    } else {
        return char::from_u32(code).map(String::from).unwrap_or_default();
    };
    signs.iter().find(|(at, _)| *at == place).map(|(_, sign)| (*sign).to_owned()).unwrap_or_default()
}
