//! Which parts of a text are personal numbers (personnummer, samordningsnummer)?

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in the place of a personal number.
const INSTEAD: &str = "[personnummer borttaget]";

static CANDIDATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:19|20)?(\d{2})(\d{2})(\d{2})[ ]?[-+–]?[ ]?(\d{3})(\d)").ok());

/// The text with its personal numbers taken out. Ten or twelve digits count as one if they begin with a date and end with
/// the right check digit, so that phone and case numbers stay.
pub fn without_personal_numbers(text: &str) -> Cow<'_, str> {
    let Some(candidate) = CANDIDATE.as_ref() else { return Cow::Borrowed(text) };
    candidate.replace_all(text, |found: &Captures<'_>| {
        let all = found.get_match();
        let neighbour = |character: Option<char>| character.is_some_and(|character| character.is_ascii_digit());
        let cut = neighbour(text[..all.start()].chars().next_back()) || neighbour(text[all.end()..].chars().next());
        let parts: Vec<&str> = (1..=5).filter_map(|part| found.get(part)).map(|part| part.as_str()).collect();
        if !cut && is_personal(&parts) { INSTEAD.to_owned() } else { all.as_str().to_owned() }
    })
}

/// Whether year, month, day, number and check digit can be a person's.
fn is_personal(parts: &[&str]) -> bool {
    let number = |part: usize| parts.get(part).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    // Samordningsnummer have sixty added to the day.
    let day = number(2) % 60;
    let digits = parts.concat();
    let sum: u32 = digits
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(at, digit)| {
            let product = if at % 2 == 0 { digit * 2 } else { digit };
            product / 10 + product % 10
        })
        .sum();
    (1..=12).contains(&number(1)) && (1..=31).contains(&day) && number(2) <= 91 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_numbers_go_and_other_numbers_stay() {
        for text in ["19121212-1212", "121212-1212", "191212121212", "121212+1212", "121272-1219"] {
            assert_eq!(without_personal_numbers(&format!("Får {text} mat?")), format!("Får {INSTEAD} mat?"));
        }
        for text in ["0980-31 92 21", "070-174 06 58", "SN 2026/0118", "2026-03-01", "121212-1213", "1191212121212"] {
            assert_eq!(without_personal_numbers(text), text);
        }
    }
}
