//! Which terms does a text have, for the word index and for a question alike?
//!
//! One chain for both: words, stop words, stems, things that must stay whole ([`super::phrases`]), and the parts of
//! compounds. Each ingredient can be switched off, to measure what it contributes; what is in use has all of them.

use std::collections::HashMap;

use super::compounds::Compounds;
use super::phrases::phrases;
use super::stems::{carries_meaning, character_grams, is_stop_word, snowball, stem};
use super::words::words;

/// A step of the analysis that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingredient {
    /// Words without meaning of their own are left out.
    StopWords,
    /// Snowball's stemmer.
    Stems,
    /// What it leaves apart is brought together.
    Inflections,
    /// Compounds are found by their parts and parts by compounds.
    Compounds,
    /// Paragraphs, times, doses and phone numbers are terms of their own.
    Phrases,
    /// Questions get their å, ä and ö back.
    Dots,
    /// Slips of the finger are corrected, and compounds typed as two words joined.
    Spelling,
}

/// Ingredients that are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingredients(u8);

impl Default for Ingredients {
    fn default() -> Self {
        Self(u8::MAX)
    }
}

impl Ingredients {
    /// The same without one.
    #[must_use]
    pub fn without(self, left_out: Ingredient) -> Self {
        Self(self.0 & !(1 << left_out as u8))
    }

    /// Whether one is in use.
    pub fn has(self, ingredient: Ingredient) -> bool {
        self.0 & (1 << ingredient as u8) != 0
    }
}

/// The analysis of one index and of the questions that it is asked.
#[derive(Debug, Clone, Default)]
pub struct Analyser {
    ingredients: Ingredients,
    compounds: Compounds,
}

impl Analyser {
    /// With all ingredients and the compounds of a vocabulary.
    pub fn new(compounds: Compounds) -> Self {
        Self { ingredients: Ingredients::default(), compounds }
    }

    /// The same with these ingredients.
    #[must_use]
    pub fn with(self, ingredients: Ingredients) -> Self {
        Self { ingredients, ..self }
    }

    /// Which ingredients are in use.
    pub fn ingredients(&self) -> Ingredients {
        self.ingredients
    }

    /// The term of a word in lower case.
    pub fn stem(&self, word: &str) -> String {
        if !self.ingredients.has(Ingredient::Stems) {
            return word.to_owned();
        }
        if self.ingredients.has(Ingredient::Inflections) { stem(word) } else { snowball(word) }
    }

    fn carries_meaning(&self, word: &str) -> bool {
        carries_meaning(word) || !self.ingredients.has(Ingredient::StopWords)
    }

    /// Stems of a text's words, and what must stay whole.
    pub fn stems(&self, text: &str) -> Vec<String> {
        let words = words(text);
        let meaning = words.iter().filter(|word| self.carries_meaning(&word.text));
        let mut out: Vec<String> = meaning.map(|word| self.stem(&word.text)).collect();
        out.extend(self.phrases(text));
        out
    }

    /// What must stay whole.
    pub fn phrases(&self, text: &str) -> Vec<String> {
        if self.ingredients.has(Ingredient::Phrases) { phrases(text) } else { Vec::new() }
    }

    /// Stems of a word's parts if it is a compound.
    pub fn parts_of(&self, word: &str) -> Vec<String> {
        if self.ingredients.has(Ingredient::Compounds) { self.compounds.parts(word) } else { Vec::new() }
    }

    /// The compounds that it knows.
    pub fn compounds(&self) -> &Compounds {
        &self.compounds
    }

    /// Stems of the parts of all of a text's compounds. `known` keeps what has been split before.
    pub(crate) fn parts(&self, text: &str, known: &mut HashMap<String, Vec<String>>) -> Vec<String> {
        let mut out = Vec::new();
        for word in words(text).into_iter().filter(|word| carries_meaning(&word.text)) {
            out.extend(known.entry(word.text).or_insert_with_key(|word| self.parts_of(word)).iter().cloned());
        }
        out
    }

    /// Groups of four characters of a text's words.
    pub fn grams(&self, text: &str) -> Vec<String> {
        let stop = |word: &str| is_stop_word(word) && self.ingredients.has(Ingredient::StopWords);
        words(text).iter().filter(|word| !stop(&word.text)).flat_map(|word| character_grams(&word.text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analyser() -> Analyser {
        Analyser::new(Compounds::from_counts([("läkemedel", 9), ("genomgång", 4), ("nyckel", 3), ("skåp", 2)]))
    }

    #[test]
    fn each_ingredient_can_be_left_out() {
        let text = "Nyckeln enligt 13 § kl. 16.30 i läkemedelsgenomgången";
        let with = |left_out: &[Ingredient]| {
            let ingredients = left_out.iter().fold(Ingredients::default(), |all, one| all.without(*one));
            let analyser = analyser().with(ingredients);
            let mut terms = analyser.stems(text);
            terms.extend(analyser.parts(text, &mut HashMap::new()));
            terms
        };
        let all = with(&[]);
        assert!(all.contains(&"nyckl".to_owned()) && all.contains(&"13§".to_owned()), "{all:?}");
        assert!(all.contains(&stem("läkemedel")) && all.contains(&stem("genomgång")), "{all:?}");
        assert!(!all.contains(&"i".to_owned()));
        assert!(with(&[Ingredient::StopWords]).contains(&"i".to_owned()));
        assert!(with(&[Ingredient::Stems]).contains(&"nyckeln".to_owned()));
        assert!(!with(&[Ingredient::Compounds]).contains(&stem("genomgång")));
        assert!(!with(&[Ingredient::Phrases]).contains(&"13§".to_owned()));
        assert_ne!(with(&[Ingredient::Inflections]), all);
    }
}
