//! What else could stand in a routine where a question has this word?
//!
//! Staff's words and abbreviations together, the built-in lists and a site's own.

use std::sync::LazyLock;

use super::abbreviations::Abbreviations;
use super::staff_words::StaffWords;
use super::stems::{carries_meaning, stem};
use super::words::words;

static BUILT_IN: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon { staff_words: StaffWords::built_in(), abbreviations: Abbreviations::built_in() });

/// The lists that are read with every question.
#[derive(Debug, Clone)]
pub struct Lexicon {
    staff_words: StaffWords,
    abbreviations: Abbreviations,
}

/// Words that could stand for one: all of them together ("medicinskt ansvarig sjuksköterska" for "MAS").
pub type Alternative = Vec<String>;

impl Lexicon {
    /// The built-in lists.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The built-in lists with a site's own added, as the texts of its files.
    pub fn with(staff_words: Option<&str>, abbreviations: Option<&str>) -> Self {
        let mut out = Self::built_in().clone();
        if let Some(text) = staff_words {
            out.staff_words.add(text);
        }
        if let Some(text) = abbreviations {
            out.abbreviations.add(text);
        }
        out
    }

    /// The same without staff's words.
    #[must_use]
    pub fn without_staff_words(&self) -> Self {
        Self { staff_words: StaffWords::default(), ..self.clone() }
    }

    /// The same without abbreviations.
    #[must_use]
    pub fn without_abbreviations(&self) -> Self {
        Self { abbreviations: Abbreviations::default(), ..self.clone() }
    }

    /// Whether a word in lower case is in one of the lists, on either side.
    pub fn knows(&self, word: &str) -> bool {
        self.staff_words.knows(word) || self.abbreviations.knows(word)
    }

    /// For each word of a question that carries meaning what else could stand for it, in the order of
    /// [`super::content_words`]. Nothing that the question says itself.
    pub fn alternatives(&self, question: &str) -> Vec<Vec<Alternative>> {
        let typed: Vec<(String, &str)> = words(question)
            .into_iter()
            .filter(|word| carries_meaning(&word.text))
            .map(|word| (word.text, &question[word.start..word.end]))
            .collect();
        let stems: Vec<String> = typed.iter().map(|(word, _)| stem(word)).collect();
        let new = |word: &String| !stems.contains(&stem(word));
        let mut out: Vec<Vec<Alternative>> = Vec::with_capacity(typed.len());
        for ((_, typed), stem) in typed.iter().zip(&stems) {
            let routine_words = self.staff_words.of_stem(stem).iter().filter(|word| new(word));
            let mut here: Vec<Alternative> = routine_words.map(|word| vec![word.clone()]).collect();
            here.extend(self.abbreviations.meanings(typed).iter().filter(|words| words.iter().any(&new)).cloned());
            out.push(here);
        }
        for (first, last, short) in self.abbreviations.abbreviated(&stems) {
            for place in &mut out[first..=last] {
                place.push(vec![short.to_owned()]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(question: &str) -> Vec<String> {
        Lexicon::built_in().alternatives(question).into_iter().flatten().flatten().collect()
    }

    #[test]
    fn staff_words_and_abbreviations_are_found() {
        assert!(flat("gubben ramlade").contains(&"fall".to_owned()));
        assert!(flat("pillren").contains(&"läkemedel".to_owned()));
        assert!(!flat("läkemedel pillren").contains(&"läkemedel".to_owned()));
        assert!(flat("Ska jag ringa MAS?").contains(&"ansvarig".to_owned()));
        assert!(flat("fast omsorgskontakt").contains(&"fok".to_owned()));
    }

    #[test]
    fn every_content_word_has_its_place() {
        let question = "När gör SSK en SIP?";
        assert_eq!(Lexicon::built_in().alternatives(question).len(), super::super::content_words(question).len());
    }

    #[test]
    fn a_sites_own_words_are_added() {
        let own = Lexicon::with(Some("plutten = trygghetslarm"), Some("XYZ = påhittad förkortning"));
        let words: Vec<String> = own.alternatives("plutten och XYZ").into_iter().flatten().flatten().collect();
        assert_eq!(words, ["trygghetslarm", "påhittad", "förkortning"]);
    }
}
