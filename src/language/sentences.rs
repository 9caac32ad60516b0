//! Where do sentences end?
//!
//! At `.`, `!` and `?` before a new start, but not after the abbreviations that Swedish routines are full of, after
//! numbers in dates and times, or in initials.

use std::ops::Range;

/// Abbreviations that end with a full stop, without it, in lower case.
const ABBREVIATIONS: &str = "t.ex bl.a dvs d.v.s m.m m.fl o.s.v osv s.k f.d t.o.m fr.o.m p.g.a pga resp ev ca kl nr st \
    tfn tel enl inkl exkl max min jfr bil kap sid s art avd forts o.dyl m.a.o i.o.m ang förf dr prof alt anm";

/// Byte ranges of the sentences of a text, without the whitespace between them.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for (at, character) in text.char_indices() {
        if !matches!(character, '.' | '!' | '?') || at < start {
            continue;
        }
        // Marks in a row and closing quotes or brackets belong to the sentence.
        let mut end = at + 1;
        for next in text[end..].chars() {
            if matches!(next, '.' | '!' | '?' | '"' | '”' | '’' | ')' | '»') {
                end += next.len_utf8();
            } else {
                break;
            }
        }
        let rest = &text[end..];
        let next_word = rest.trim_start();
        let separated = rest.len() != next_word.len();
        if next_word.is_empty()
            || (separated && starts_sentence(next_word) && !is_abbreviation(&text[start..at], next_word, character))
        {
            push(&mut out, text, start..end);
            start = end;
        }
    }
    push(&mut out, text, start..text.len());
    out
}

fn push(out: &mut Vec<Range<usize>>, text: &str, range: Range<usize>) {
    let slice = &text[range.clone()];
    let start = range.start + (slice.len() - slice.trim_start().len());
    let end = range.start + slice.trim_end().len();
    if start < end {
        out.push(start..end);
    }
}

fn starts_sentence(text: &str) -> bool {
    let first = text.chars().find(|character| !matches!(character, '"' | '”' | '»' | '(' | '–' | '-' | '•'));
    first.is_some_and(|character| character.is_uppercase() || character.is_ascii_digit())
}

/// Whether the full stop after `before` belongs to an abbreviation, an initial or an ordinal number.
fn is_abbreviation(before: &str, after: &str, mark: char) -> bool {
    if mark != '.' {
        return false;
    }
    let last = before.rsplit([' ', '(', '\u{a0}', '–']).next().unwrap_or("").to_lowercase();
    if ABBREVIATIONS.split_whitespace().any(|abbreviation| abbreviation == last) {
        // "m.m." and "osv." often do end a sentence; then a capital follows.
        let ends_lists = matches!(last.as_str(), "m.m" | "m.fl" | "osv" | "o.s.v" | "o.dyl");
        return !(ends_lists && after.chars().next().is_some_and(char::is_uppercase));
    }
    let single_letter = last.chars().count() == 1 && last.chars().all(char::is_alphabetic);
    let ordinal_start = before.trim_start().bytes().all(|byte| byte.is_ascii_digit()) && !before.trim().is_empty();
    single_letter || ordinal_start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn abbreviations_do_not_end_sentences() {
        assert_eq!(
            split("Ring t.ex. MAS kl. 08.00. Dokumentera i Fyren."),
            ["Ring t.ex. MAS kl. 08.00.", "Dokumentera i Fyren."]
        );
        assert_eq!(split("Skölj med vatten, tvål m.m. Ring sedan."), ["Skölj med vatten, tvål m.m.", "Ring sedan."]);
        assert_eq!(split("1. Ring 112. 2. Vänta."), ["1. Ring 112.", "2. Vänta."]);
    }

    #[test]
    fn quotes_and_questions() {
        assert_eq!(split("Fråga: ”Hur mår du?” Vänta på svar"), ["Fråga: ”Hur mår du?”", "Vänta på svar"]);
        assert!(split("").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_whitespace_is_lost(text in ".{0,300}") {
            let joined: String = split(&text).concat().split_whitespace().collect();
            let whole: String = text.split_whitespace().collect();
            proptest::prop_assert_eq!(joined, whole);
        }
    }
}
