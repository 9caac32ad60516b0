//! Which words of a text does a search look for?
//!
//! For the marks in hits and in the documents that they open. Not here: what a search finds ([`crate::retrieve`]).

use crate::language::{Analyser, character_grams, content_words, words};
use crate::retrieve::Analysed;

/// Share of a long word's groups of characters that must be shared for it to be marked as a compound's part.
const SIMILAR: f32 = 0.6;

/// The words of a search, to be found in texts of the index that it is put to.
#[derive(Debug, Clone)]
pub(super) struct SoughtWords<'a> {
    analyser: &'a Analyser,
    stems: Vec<String>,
    /// Stems of the parts of those that are compounds.
    parts: Vec<String>,
    /// Groups of characters of each word that is long enough to be a part of a compound.
    grams: Vec<Vec<String>>,
    /// Words in lower case that follow each other.
    phrases: Vec<Vec<String>>,
}

impl<'a> SoughtWords<'a> {
    /// The words of an analysed search. `analyser` is its index's.
    pub(super) fn of(question: &Analysed, phrases: &[Vec<String>], analyser: &'a Analyser) -> Self {
        let (stems, parts) = (question.stems.clone(), question.parts.clone());
        Self::new(&question.content_words, stems, parts, phrases, analyser)
    }

    /// The words of a text that is searched for.
    pub(super) fn of_text(text: &str, phrases: &[Vec<String>], analyser: &'a Analyser) -> Self {
        let words = content_words(text);
        let stems = words.iter().map(|word| analyser.stem(word)).collect();
        let parts = words.iter().flat_map(|word| analyser.parts_of(word)).collect();
        Self::new(&words, stems, parts, phrases, analyser)
    }

    fn new(
        words: &[String],
        stems: Vec<String>,
        parts: Vec<String>,
        phrases: &[Vec<String>],
        analyser: &'a Analyser,
    ) -> Self {
        let grams = words.iter().map(|word| character_grams(word)).filter(|grams| grams.len() > 2);
        Self { analyser, stems, parts, grams: grams.collect(), phrases: phrases.to_vec() }
    }

    /// Character ranges of what is sought in a text, in order: whole phrases, and words, inflected, as part of a compound,
    /// or as a compound of which the search has a part.
    pub(super) fn ranges(&self, text: &str) -> Vec<(usize, usize)> {
        let words = words(text);
        let mut places = Vec::with_capacity(words.len());
        let (mut byte, mut character) = (0, 0);
        for word in &words {
            character += text[byte..word.start].chars().count();
            let start = character;
            character += text[word.start..word.end].chars().count();
            byte = word.end;
            places.push((start, character));
        }
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let begins = |phrase: &&Vec<String>| {
                words[at..].len() >= phrase.len()
                    && words[at..].iter().zip(*phrase).all(|(word, said)| word.text == *said)
            };
            let length = self.phrases.iter().filter(begins).map(Vec::len).max();
            if let Some(length) = length {
                out.push((places[at].0, places[at + length - 1].1));
            } else if self.is_sought(&word.text) {
                out.push(places[at]);
            }
            at += length.unwrap_or(1);
        }
        out
    }

    fn is_sought(&self, word: &str) -> bool {
        let stem = self.analyser.stem(word);
        self.stems.contains(&stem)
            || self.parts.contains(&stem)
            || self.analyser.parts_of(word).iter().any(|part| self.stems.contains(part))
            || self.is_similar(word)
    }

    fn is_similar(&self, word: &str) -> bool {
        let there = character_grams(word);
        self.grams.iter().any(|asked| {
            let shared = asked.iter().filter(|gram| there.contains(gram)).count();
            shared as f32 >= SIMILAR * asked.len() as f32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Compounds;

    fn marked(sought: &SoughtWords<'_>, text: &str) -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        sought.ranges(text).into_iter().map(|(start, end)| characters[start..end].iter().collect()).collect()
    }

    #[test]
    fn phrases_are_marked_whole_and_words_in_their_forms() {
        let phrase = vec!["vid".to_owned(), "dödsfall".to_owned()];
        let analyser = Analyser::default();
        let sought = SoughtWords::of_text("nyckel vid dödsfall", &[phrase], &analyser);
        assert_eq!(
            marked(&sought, "Åtgärder vid dödsfall: nyckeln, dödsfallet."),
            ["vid dödsfall", "nyckeln", "dödsfallet"]
        );
    }

    #[test]
    fn parts_mark_their_compounds_and_compounds_their_parts() {
        let analyser = Analyser::new(Compounds::from_counts(["nyckel", "skåp"].map(|word| (word, 1))));
        let sought = |text| SoughtWords::of_text(text, &[], &analyser);
        assert_eq!(marked(&sought("skåp"), "Nyckelskåpet är låst."), ["Nyckelskåpet"]);
        assert_eq!(marked(&sought("nyckelskåp"), "Skåpet är låst."), ["Skåpet"]);
    }
}
