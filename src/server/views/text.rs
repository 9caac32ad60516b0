//! How is running text shown?
//!
//! Phone numbers that can be called, marked words, dates and places written the Swedish way.
//! Not here: addresses ([`super::links`]), or which words are marked (the handlers).

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

/// A piece of running text: plain, or a phone number that can be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextPart {
    /// The text as it stands.
    pub text: String,
    /// `tel:` address when the text is a phone number.
    pub tel: Option<String>,
}

/// A run of text that is marked, or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Segment {
    /// The text.
    pub text: String,
    /// Whether it is marked: the cited words of a document, the matched words of a hit.
    pub marked: bool,
    /// Whether this is the first mark of the page, the one that the link scrolls to; see
    /// [`finish_blocks`](super::finish_blocks).
    #[serde(skip)]
    pub anchor: bool,
}

impl Segment {
    /// Text that is not marked.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: false, anchor: false }
    }

    /// Text that is marked.
    pub fn marked(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: true, anchor: false }
    }

    /// The text with its phone numbers apart.
    pub fn parts(&self) -> Vec<TextPart> {
        phone_parts(&self.text)
    }
}

/// Cuts a text into marked and plain segments; ranges are in characters, may overlap and may reach past the end.
pub fn segments(text: &str, marks: &[(usize, usize)]) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for (index, character) in text.chars().enumerate() {
        let marked = marks.iter().any(|&(start, end)| (start..end).contains(&index));
        match out.last_mut() {
            Some(last) if last.marked == marked => last.text.push(character),
            _ => out.push(Segment { text: character.to_string(), marked, anchor: false }),
        }
    }
    out
}

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];

/// Writes an ISO date the Swedish way, `1 april 2025`; any other text is given back as it is.
pub fn swedish_date(text: &str) -> String {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return text.to_owned();
    };
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return text.to_owned();
    }
    match (month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))), day.parse::<u8>()) {
        (Some(month), Ok(day @ 1..=31)) => format!("{day}\u{a0}{month} {year}"),
        _ => text.to_owned(),
    }
}

/// Headings and page on one line: `4 Ansvar › 4.2 Delegering, sida 3`.
pub fn place(heading_path: &[String], page: Option<u32>) -> String {
    let mut text = heading_path.join(" › ");
    if let Some(page) = page {
        text.push_str(if text.is_empty() { "Sida " } else { ", sida " });
        let _ = write!(text, "{page}");
    }
    text
}

// A number with an area code or a country code, or one of the short numbers that all of Sweden can call. Its edges and its
// count of digits are checked in code. `static/shared.js` has the same rules.
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:\+46[ \u{a0}]?(?:\(0\)[ \u{a0}]?)?\d{1,3}|0\d{1,3})(?:[ \u{a0}]?[-–/][ \u{a0}]?|[ \u{a0}])",
        r"\d{2,3}(?:[ \u{a0}]?\d{2,3}){1,3}",
        r"|07[02369]\d{7}|\+46\d{7,9}",
        r"|112|1177|113[ \u{a0}]?13|114[ \u{a0}]?14|116[ \u{a0}]?117",
    ))
    .ok()
});

/// Cuts a text at its Swedish phone numbers: `0980-31 92 21`, `070-123 45 67`, `+46 8 123 456 78`, `112`, `1177`.
pub fn phone_parts(text: &str) -> Vec<TextPart> {
    let mut out = Vec::new();
    let mut from = 0;
    let found = PHONE.as_ref().map(|regex| regex.find_iter(text).collect::<Vec<_>>()).unwrap_or_default();
    for hit in found {
        let (before, after) = (&text[..hit.start()], &text[hit.end()..]);
        if let Some(tel) = dialled(hit.as_str(), before, after) {
            if from < hit.start() {
                out.push(TextPart { text: text[from..hit.start()].to_owned(), tel: None });
            }
            out.push(TextPart { text: hit.as_str().to_owned(), tel: Some(tel) });
            from = hit.end();
        }
    }
    if from < text.len() {
        out.push(TextPart { text: text[from..].to_owned(), tel: None });
    }
    out
}

/// The `tel:` address of a number, unless what stands around it shows that it is something else.
fn dialled(number: &str, before: &str, after: &str) -> Option<String> {
    let glued = |character: char| character.is_alphanumeric();
    if before.chars().next_back().is_some_and(|last| glued(last) || "/-–+§".contains(last)) {
        return None;
    }
    let mut next = after.chars();
    let first = next.next();
    let second = next.next();
    // `0980-31 92 21-25` is a number still; `112-2024`, `112,50` and `112/19` are not.
    if first.is_some_and(glued) {
        return None;
    }
    if first.is_some_and(|first| ".,:/-–".contains(first)) && second.is_some_and(|second| second.is_ascii_digit()) {
        return None;
    }
    let digits: String = number.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    if digits.len() <= 6 {
        // A short number: not when it counts something or names a paragraph or page.
        let rest = after.trim_start_matches([' ', '\u{a0}']).to_lowercase();
        let unit = ["§", "kr", "%", "procent", "kap", "mg", "ml", "st ", "dagar", "timmar", "minuter", "personer"];
        if unit.iter().any(|unit| rest.starts_with(unit)) {
            return None;
        }
        let lead = before.trim_end_matches([' ', '\u{a0}']);
        if ["§", "sid", "sida", "s.", "nr", "kap."].iter().any(|word| lead.ends_with(word)) {
            return None;
        }
        return Some(format!("tel:{digits}"));
    }
    if number.starts_with('+') {
        return (9..=12).contains(&digits.len()).then(|| format!("tel:+{digits}"));
    }
    (8..=10).contains(&digits.len()).then(|| format!("tel:{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<String> {
        let parts = phone_parts(text);
        assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), text);
        parts.into_iter().filter_map(|part| part.tel).collect()
    }

    #[test]
    fn finds_swedish_phone_numbers() {
        assert_eq!(numbers("Ring 0980-31 92 21 eller 112."), ["tel:0980319221", "tel:112"]);
        assert_eq!(numbers("Växel: 08-508 000 00, mobil 070-123 45 67"), ["tel:0850800000", "tel:0701234567"]);
        assert_eq!(numbers("+46 8 123 456 78 och +46 (0)70 123 45 67"), ["tel:+46812345678", "tel:+46701234567"]);
        assert_eq!(numbers("Polisen 114 14, vården 1177"), ["tel:11414", "tel:1177"]);
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in [
            "SN 2025/0134",
            "2025-04-01",
            "kl. 08.00–16.00",
            "112 kronor",
            "§ 112",
            "sida 112",
            "1112",
            "112,50",
            "20010203-1234",
            "010203-1234",
            "0 minuter",
        ] {
            assert_eq!(numbers(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn writes_dates() {
        assert_eq!(swedish_date("2025-04-01"), "1\u{a0}april 2025");
        assert_eq!(swedish_date("2025-13-01"), "2025-13-01");
        assert_eq!(swedish_date("tills vidare"), "tills vidare");
    }

    #[test]
    fn marks_characters_not_bytes() {
        let cut = segments("åäö medicin", &[(4, 11)]);
        assert_eq!(cut, [Segment::plain("åäö "), Segment::marked("medicin")]);
    }
}
