//! Which things of several words must be found as one?
//!
//! "13 §" is not any text with a 13 and a paragraph sign, and "16:30" is the same time as "kl. 16.30". Each such thing
//! becomes a term of its own beside its words, written in one way: paragraphs (`13§`, `4kap3§`, `lvu13§`), times
//! (`kl16.30`), doses and other amounts (`500mg`), phone numbers (`tel0812345`), `lex_sarah`.

use super::words::{Word, words};

const UNITS: [&str; 20] = [
    "mg",
    "g",
    "kg",
    "ml",
    "cl",
    "dl",
    "l",
    "mikrogram",
    "µg",
    "μg",
    "ie",
    "mmol",
    "kr",
    "kronor",
    "st",
    "tabletter",
    "mm",
    "cm",
    "grader",
    "procent",
];

/// The phrases of a text in their one way of writing, in order.
pub(super) fn phrases(text: &str) -> Vec<String> {
    let words = words(text);
    let mut out = Vec::new();
    for (place, word) in words.iter().enumerate() {
        if word.text == "§" {
            paragraphs(text, &words, place, &mut out);
        } else if word.text == "lex"
            && let Some(name) = words.get(place + 1)
        {
            out.push(format!("lex_{}", name.text));
        } else if word.text.starts_with(|character: char| character.is_ascii_digit()) {
            out.extend(time(&words, place));
            out.extend(amount(&words, place));
            out.extend(phone(text, &words, place));
        }
    }
    out
}

fn is_number(text: &str) -> bool {
    text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Everything that the sign at `place` belongs to: "13 §", "9 a §", "§ 13", "13 och 14 §§", "4 kap. 3 §", "LVU 13 §".
fn paragraphs(text: &str, words: &[Word], place: usize, out: &mut Vec<String>) {
    let at = |place: Option<usize>| place.and_then(|place| words.get(place)).map(|word| word.text.as_str());
    let again = at(place.checked_sub(1)) == Some("§");
    let mut numbers: Vec<String> = Vec::new();
    // What stands before the numbers and after the sign: a law, perhaps.
    let mut first = place;
    while let Some(before) = at(first.checked_sub(1)).filter(|_| !again) {
        let letter = before.chars().count() == 1 && before.chars().all(char::is_alphabetic);
        let number = first.checked_sub(2).and_then(|number| words.get(number)).filter(|word| is_number(&word.text));
        if is_number(before) {
            numbers.push(before.to_owned());
            first -= 1;
        } else if let Some(number) = number.filter(|_| letter && (first == place || before != "o")) {
            numbers.push(format!("{}{before}", number.text));
            first -= 2;
        } else if matches!(before, "och" | "eller" | "o" | "samt") && number.is_some() && first < place {
            first -= 1;
        } else {
            break;
        }
    }
    let mut last = place;
    while at(Some(last + 1)) == Some("§") {
        last += 1;
    }
    if numbers.is_empty()
        && !again
        && let Some(number) = at(Some(last + 1)).filter(|word| is_number(word))
    {
        // "§ 13": only where nothing stands before the sign, else the number is the next thing's.
        numbers.push(number.to_owned());
        last += 1;
    }
    let law = |place: Option<usize>| {
        let word = words.get(place?)?;
        let typed = &text[word.start..word.end];
        let short = (2..=4).contains(&typed.chars().count()) && typed.chars().all(char::is_alphabetic);
        let other =
            super::is_stop_word(&word.text) || matches!(word.text.as_str(), "kap" | "enl" | "st" | "och" | "p" | "i");
        let other = other || typed == "kl";
        (short && !other).then(|| word.text.clone())
    };
    let laws: Vec<String> = [law(first.checked_sub(1)), law(Some(last + 1))].into_iter().flatten().collect();
    let chapter = (at(first.checked_sub(1)) == Some("kap")).then(|| at(first.checked_sub(2))).flatten();
    for number in numbers.iter().rev() {
        out.push(format!("{number}§"));
        out.extend(chapter.filter(|chapter| is_number(chapter)).map(|chapter| format!("{chapter}kap{number}§")));
        out.extend(laws.iter().map(|law| format!("{law}{number}§")));
    }
}

/// "16.30", "16:30", "07.00" and "kl 7".
fn time(words: &[Word], place: usize) -> Option<String> {
    let text = words[place].text.as_str();
    let after_kl = place > 0 && matches!(words[place - 1].text.as_str(), "kl" | "klockan");
    let (hours, minutes) = match text.split_once(['.', ':']) {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        None if after_kl => (text, "00"),
        _ => return None,
    };
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60).then(|| format!("kl{hours}.{minutes:02}"))
}

/// "500 mg", "500mg" and "7,5 mg".
fn amount(words: &[Word], place: usize) -> Option<String> {
    let text = words[place].text.replace(',', ".");
    let digits = text.trim_end_matches(char::is_alphabetic);
    let unit = &text[digits.len()..];
    let (number, unit) = match unit {
        "" => (text.as_str(), words.get(place + 1)?.text.as_str()),
        fused => (digits, fused),
    };
    UNITS.contains(&unit).then(|| format!("{number}{unit}"))
}

/// A phone number however it is grouped: "0980-31 92 21", "0980 319 221".
fn phone(text: &str, words: &[Word], place: usize) -> Option<String> {
    let begins = words[place].text.starts_with('0') && words[place].text.len() >= 2;
    let numeric = |word: &Word| word.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'/');
    if !begins || !numeric(&words[place]) {
        return None;
    }
    let mut digits = String::new();
    let mut end = words[place].start;
    for word in words[place..].iter().take_while(|word| numeric(word)) {
        let gap = &text[end..word.start];
        if !matches!(gap, "" | " " | "\u{a0}" | "-" | " - " | "–") {
            break;
        }
        digits.extend(word.text.chars().filter(char::is_ascii_digit));
        end = word.end;
    }
    (7..=11).contains(&digits.len()).then(|| format!("tel{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_one_term_however_they_are_written() {
        for text in ["LVU 13 §", "13 § LVU", "LVU 13§", "lvu 13 §", "LVU § 13"] {
            assert_eq!(phrases(text), ["13§", "lvu13§"], "{text}");
        }
        assert_eq!(phrases("enligt 4 kap. 3 § andra stycket"), ["3§", "4kap3§"]);
        assert_eq!(phrases("13 och 14 §§ i lagen"), ["13§", "14§"]);
        assert_eq!(phrases("9 a § LSS"), ["9a§", "lss9a§"]);
        assert!(phrases("13 personer och ett §-tecken").is_empty());
    }

    #[test]
    fn times_doses_and_phone_numbers_have_one_way_of_writing() {
        assert_eq!(phrases("senast kl. 16:30"), phrases("16.30"));
        assert_eq!(phrases("klockan 7"), phrases("kl. 07.00"));
        assert_eq!(phrases("500mg"), phrases("500 mg"));
        assert_eq!(phrases("7,5 mg"), ["7.5mg"]);
        assert_eq!(phrases("Ring 0980-31 92 21."), phrases("0980 319 221"));
        assert_eq!(phrases("0980-31 92 21"), ["tel0980319221"]);
        assert_eq!(phrases("lex Sarah"), ["lex_sarah"]);
        assert!(phrases("lagen (2001:453)").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn nothing_breaks_it(text in "[0-9a-zå§ .,:och-]{0,60}") {
            for phrase in phrases(&text) {
                proptest::prop_assert!(!phrase.contains(' '));
            }
        }
    }
}
