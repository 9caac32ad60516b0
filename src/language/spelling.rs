//! Which word was meant by one typed without Swedish letters?
//!
//! "lakemedel" is "läkemedel" where routines write that and never the other. Only å, ä, ö and é are put back: other
//! slips are left to the groups of characters, since nothing here knows which words are Swedish.

use std::collections::HashMap;

use super::words::{fold_dots, words};

/// Shortest word that is changed.
const SHORTEST: usize = 2;

/// The words of a site's routines.
#[derive(Debug, Clone, Default)]
pub struct Spelling {
    /// How often each word that is written without dots stands there.
    plain: HashMap<String, u32>,
    /// For a word with its dots left out, the most frequent word with them, and how often it stands there.
    dotted: HashMap<String, (String, u32)>,
}

impl Spelling {
    /// From words in lower case and how often each stands in the routines.
    pub fn from_counts(counts: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut out = Self::default();
        for (word, count) in counts {
            let folded = fold_dots(&word);
            if folded == word {
                out.plain.insert(word, count);
            } else if out.dotted.get(&folded).is_none_or(|(_, other)| *other < count) {
                out.dotted.insert(folded, (word, count));
            }
        }
        out
    }

    /// A text with its Swedish letters put back; `None` if nothing is to be put back. A text that has such letters
    /// already was typed by someone who can, and is left alone.
    pub fn restore_dots(&self, text: &str) -> Option<String> {
        let words = words(text);
        if words.iter().any(|word| fold_dots(&word.text) != word.text) {
            return None;
        }
        let mut out = String::with_capacity(text.len() + 8);
        let mut done = 0;
        for word in &words {
            let Some(meant) = self.meant(&word.text) else { continue };
            out.push_str(&text[done..word.start]);
            let capital = text[word.start..].starts_with(char::is_uppercase);
            let mut characters = meant.chars();
            out.extend(
                characters
                    .next()
                    .into_iter()
                    .flat_map(|first| if capital { first.to_uppercase().collect::<Vec<_>>() } else { vec![first] }),
            );
            out.push_str(characters.as_str());
            done = word.end;
        }
        (done > 0).then(|| out + &text[done..])
    }

    fn meant(&self, word: &str) -> Option<&str> {
        if word.len() < SHORTEST || self.plain.contains_key(word) {
            return None;
        }
        self.dotted.get(word).map(|(meant, _)| meant.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling() -> Spelling {
        let counts = [("när", 20), ("var", 9), ("vår", 3), ("läkemedel", 5), ("är", 30), ("år", 8), ("ges", 4)];
        Spelling::from_counts(counts.map(|(word, count)| (word.to_owned(), count)))
    }

    #[test]
    fn letters_are_put_back_where_only_they_make_a_word() {
        let restored = spelling().restore_dots("Nar ar lakemedel, var ges det?");
        assert_eq!(restored.as_deref(), Some("När är läkemedel, var ges det?"));
    }

    #[test]
    fn who_types_them_is_left_alone() {
        assert_eq!(spelling().restore_dots("När ges lakemedel?"), None);
        assert_eq!(spelling().restore_dots("var ges det"), None);
    }

    proptest::proptest! {
        #[test]
        fn only_letters_change(text in "[a-zA-Z ,.?]{0,60}") {
            if let Some(restored) = spelling().restore_dots(&text) {
                proptest::prop_assert_eq!(fold_dots(&restored.to_lowercase()), text.to_lowercase());
            }
        }
    }
}
