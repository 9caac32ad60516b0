//! Which facts in a text are exact: numbers, times, doses, phone numbers, paragraphs?
//!
//! What a composed sentence states exactly must stand in its source; this finds what to compare. Numbers written as
//! words are read too, since routines write "tre veckor" where an answer may say "3 veckor".

use super::words::words;

/// A number as it is compared: digits without what people put between them.
pub type NumberLike = String;

const NUMBER_WORDS: [(&str, &str); 19] = [
    ("två", "2"),
    ("tre", "3"),
    ("fyra", "4"),
    ("fem", "5"),
    ("sex", "6"),
    ("sju", "7"),
    ("åtta", "8"),
    ("nio", "9"),
    ("tio", "10"),
    ("elva", "11"),
    ("tolv", "12"),
    ("fjorton", "14"),
    ("femton", "15"),
    ("tjugo", "20"),
    ("trettio", "30"),
    ("fyrtio", "40"),
    ("femtio", "50"),
    ("sextio", "60"),
    ("hundra", "100"),
];

/// All numbers of a text in order: digit groups (`07.00` gives `7.00`, `1 000` gives `1000`) and number words.
pub fn numbers_in(text: &str) -> Vec<NumberLike> {
    let mut out: Vec<NumberLike> = Vec::new();
    let mut last_end = None;
    for word in words(text) {
        let digits = word.text.bytes().any(|byte| byte.is_ascii_digit());
        if digits {
            let plain = normalise(&word.text);
            // Thousands and phone numbers are written with spaces: "1 000 kr", "0980-31 92 21".
            let joins = last_end.is_some_and(|end: usize| {
                let gap = &text[end..word.start];
                (gap == " " || gap == "\u{a0}") && word.text.bytes().all(|byte| byte.is_ascii_digit())
            });
            let group = word.text.len() == 3 || word.text.len() == 2;
            match out.last_mut() {
                Some(last) if joins && group && last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
                    last.push_str(&word.text);
                }
                _ => out.push(plain),
            }
            last_end = Some(word.end);
        } else {
            last_end = None;
            if let Some((_, digits)) = NUMBER_WORDS.iter().find(|(name, _)| *name == word.text) {
                out.push((*digits).to_owned());
            }
        }
    }
    out
}

fn normalise(text: &str) -> String {
    let text = text.replace(':', ".");
    let trimmed = text.trim_start_matches('0');
    let keep_zero = trimmed.is_empty() || !trimmed.starts_with(|character: char| character.is_ascii_digit());
    if text.contains('-') || !keep_zero && text.len() > 5 {
        return text;
    }
    if keep_zero { format!("0{trimmed}") } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_staff_write_them() {
        assert_eq!(numbers_in("Ring 0980-31 92 21 inom 15 minuter, kl. 07:00"), ["0980-319221", "15", "7.00"]);
        assert_eq!(numbers_in("högst 1 000 kr i tre veckor"), ["1000", "3"]);
        assert_eq!(numbers_in("7 kap. 3 § LSS"), ["7", "3"]);
    }
}
