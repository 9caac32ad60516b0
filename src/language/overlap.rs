//! Which of a question's words does a text have?
//!
//! By stem, or else by the groups of four characters of a word that are there: that is how a part of a compound and a
//! misspelt word are found.

use std::collections::HashSet;

use super::{character_grams, content_words, stem};

/// The words of a text, ready to be held against a question's.
#[derive(Debug, Clone, Default)]
pub struct TextWords {
    stems: HashSet<String>,
    grams: HashSet<String>,
}

impl TextWords {
    /// Takes the words of several texts together.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut out = Self::default();
        for word in texts.into_iter().flat_map(content_words) {
            out.stems.insert(stem(&word));
            out.grams.extend(character_grams(&word));
        }
        out
    }

    /// Whether a word with this stem is there.
    pub fn has_stem(&self, stem: &str) -> bool {
        self.stems.contains(stem)
    }

    /// Share of a word's groups of characters that are there, from 0 to 1.
    pub fn share_of(&self, word: &str) -> f32 {
        let wanted = character_grams(word);
        let found = wanted.iter().filter(|gram| self.grams.contains(*gram)).count();
        found as f32 / wanted.len().max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_compounds_and_slips_are_found() {
        let words = TextWords::of(["Läkemedelslistan lämnas till sjuksköterskor."]);
        assert!(words.has_stem(&stem("sjuksköterska")));
        assert!(words.share_of("läkemedel") > 0.9);
        assert!(words.share_of("läkemedlslista") > 0.5);
        assert!(words.share_of("nyckel") < 0.2);
    }
}
