//! Which words does a text have?

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word in lower case, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word in lower case. Numbers keep what ties them together: `2001:453`, `07.00`, `0980-31`.
    pub text: String,
    /// First byte in the source text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// Splits at everything that is not a letter, digit or `§`. Marks between digits (`7,5`, `2025-04-01`, `13:30`) stay.
pub fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut start = None;
    let mut characters = text.char_indices().peekable();
    let mut previous_is_digit = false;
    while let Some((at, character)) = characters.next() {
        let next_is_digit = characters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        let joins = previous_is_digit && next_is_digit && matches!(character, '.' | ',' | ':' | '-' | '/');
        // "å" may be written as an a and a ring.
        let inside = character.is_alphanumeric() || joins || start.is_some() && is_combining_mark(character);
        if inside {
            start.get_or_insert(at);
        } else if let Some(begin) = start.take() {
            push(&mut out, text, begin, at);
        }
        if character == '§' {
            push(&mut out, text, at, at + character.len_utf8());
        }
        previous_is_digit = character.is_ascii_digit();
    }
    if let Some(begin) = start {
        push(&mut out, text, begin, text.len());
    }
    out
}

fn push(out: &mut Vec<Word>, text: &str, start: usize, end: usize) {
    out.push(Word { text: text[start..end].to_lowercase().nfc().collect(), start, end });
}

/// Writes å, ä as a and ö as o, as people do who type without Swedish letters. Expects lower case.
pub fn fold_dots(word: &str) -> String {
    let fold = |character| match character {
        'å' | 'ä' | 'à' | 'á' => 'a',
        'ö' => 'o',
        'é' | 'è' | 'ë' => 'e',
        'ü' => 'u',
        other => other,
    };
    word.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn numbers_times_and_paragraphs_stay_whole() {
        assert_eq!(
            texts("Enligt LSS (1993:387) 9 § kl. 07.00–16.00, 7,5 mg."),
            ["enligt", "lss", "1993:387", "9", "§", "kl", "07.00", "16.00", "7,5", "mg"]
        );
        assert_eq!(texts("Ring 0980-31 92 21!"), ["ring", "0980-31", "92", "21"]);
    }

    #[test]
    fn letters_of_two_characters_are_letters() {
        assert_eq!(texts("La\u{308}kemedel pa\u{30a} SÄBO"), ["läkemedel", "på", "säbo"]);
    }

    #[test]
    fn spans_point_into_the_text() {
        let text = "Är nyckeln borta?";
        for word in words(text) {
            assert_eq!(text[word.start..word.end].to_lowercase(), word.text);
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_spans_are_ordered(text in ".{0,200}") {
            let mut last = 0;
            for word in words(&text) {
                proptest::prop_assert!(word.start >= last && word.start < word.end);
                proptest::prop_assert!(text.is_char_boundary(word.start) && text.is_char_boundary(word.end));
                last = word.end;
            }
        }
    }
}
