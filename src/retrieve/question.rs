//! What is asked?

use crate::index::LexicalLeg;
use crate::ingest::fold_whitespace;
use crate::language::{StaffWords, character_grams, content_words, stem};

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
    /// Their stems and those of the words that routines use for them.
    pub search_stems: Vec<String>,
    /// Groups of four characters of all these words.
    pub grams: Vec<String>,
    /// The question's unit vector.
    pub vector: Vec<f32>,
}

impl Analysed {
    /// Analyses a question whose vector has been computed.
    pub fn new(question: Question, vector: Vec<f32>) -> Self {
        let content_words = content_words(question.as_str());
        let stems: Vec<String> = content_words.iter().map(|word| stem(word)).collect();
        let mut grams: Vec<String> = content_words.iter().flat_map(|word| character_grams(word)).collect();
        let mut search_stems = stems.clone();
        for word in StaffWords::built_in().expand(&content_words) {
            search_stems.push(stem(&word));
            grams.extend(character_grams(&word));
        }
        Self { question, content_words, stems, search_stems, grams, vector }
    }

    /// The same with the question's own words alone; for measuring what staff's words contribute.
    #[must_use]
    pub fn without_staff_words(self) -> Self {
        let grams = self.content_words.iter().flat_map(|word| character_grams(word)).collect();
        Self { search_stems: self.stems.clone(), grams, ..self }
    }

    /// The terms of one lexical leg.
    pub fn terms(&self, leg: LexicalLeg) -> &[String] {
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
