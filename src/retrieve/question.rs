//! What is asked?

use crate::index::{LexicalLeg, SearchTerm};
use crate::ingest::fold_whitespace;
use crate::language::{Alternative, Analyser, Lexicon, character_grams, content_words};

/// Longest question in characters; more than anyone types on a phone.
pub const LONGEST: usize = 500;

/// A question that has something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question(String);

/// Why a text is not a question. The messages are shown to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// Nothing in it.
    #[error("Skriv en fråga först.")]
    Empty,
    /// More than 500 characters.
    #[error("Frågan är för lång. Korta ner den till högst 500 tecken.")]
    TooLong,
}

impl Question {
    /// Folds whitespace and checks the length.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let text = fold_whitespace(text);
        if !text.chars().any(char::is_alphanumeric) {
            return Err(QuestionError::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(QuestionError::TooLong);
        }
        Ok(Self(text))
    }

    /// The same question, spelled otherwise.
    pub(super) fn spelled(self, text: String) -> Self {
        if text.chars().any(char::is_alphanumeric) { Self(text) } else { self }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A question and what the legs look for.
#[derive(Debug, Clone)]
pub struct Analysed {
    /// The question.
    pub question: Question,
    /// Words that carry meaning, in lower case.
    pub content_words: Vec<String>,
    /// Their stems.
    pub stems: Vec<String>,
    /// For each of them what routines may call it instead.
    pub alternatives: Vec<Vec<Alternative>>,
    /// Stems of the parts of those that are compounds.
    pub parts: Vec<String>,
    /// What the leg of stems looks for: all of these, and what must stay whole ("13 §").
    pub search_stems: Vec<SearchTerm>,
    /// Groups of four characters of all these words.
    pub grams: Vec<SearchTerm>,
    /// The question's unit vector.
    pub vector: Vec<f32>,
}

impl Analysed {
    /// Analyses a question whose vector has been computed, as the index that it is put to was analysed.
    pub fn new(question: Question, vector: Vec<f32>, lexicon: &Lexicon, analyser: &Analyser) -> Self {
        let content_words = content_words(question.as_str());
        let stems: Vec<String> = content_words.iter().map(|word| analyser.stem(word)).collect();
        let mut search_stems: Vec<SearchTerm> =
            analyser.stems(question.as_str()).into_iter().map(SearchTerm::whole).collect();
        let mut grams = analyser.grams(question.as_str());
        let alternatives = lexicon.alternatives(question.as_str());
        for word in alternatives.iter().flatten().flatten() {
            let stem = analyser.stem(word);
            if search_stems.iter().all(|other| other.text != stem) {
                search_stems.push(SearchTerm::whole(stem));
                grams.extend(character_grams(word));
            }
        }
        let mut parts: Vec<String> = Vec::new();
        for part in content_words.iter().flat_map(|word| analyser.parts_of(word)) {
            if search_stems.iter().all(|other| other.text != part) {
                search_stems.push(SearchTerm::part(part.clone()));
            }
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let grams = grams.into_iter().map(SearchTerm::whole).collect();
        Self { question, content_words, stems, alternatives, parts, search_stems, grams, vector }
    }

    /// The terms of one lexical leg.
    pub fn terms(&self, leg: LexicalLeg) -> &[SearchTerm] {
        match leg {
            LexicalLeg::Stems => &self.search_stems,
            LexicalLeg::Grams => &self.grams,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_endless_questions_are_refused_in_swedish() {
        assert_eq!(Question::parse(" \n?! "), Err(QuestionError::Empty));
        assert_eq!(Question::parse(&"å".repeat(501)), Err(QuestionError::TooLong));
        assert_eq!(Question::parse(" Vad  gör\njag?").map(|question| question.0), Ok("Vad gör jag?".to_owned()));
    }
}
