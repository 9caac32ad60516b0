//! What is in a stretch of Swedish text?
//!
//! Words, stems and sentences, for everything that reads or compares text. No models and no documents: plain functions
//! from text to text.

mod abbreviations;
mod analyser;
mod compounds;
mod inflections;
mod lexicon;
mod numbers;
mod overlap;
mod personal_numbers;
mod phrases;
mod sentences;
mod signs;
mod spelling;
mod staff_words;
mod stems;
mod words;

pub use analyser::{Analyser, Ingredient, Ingredients};
pub use compounds::Compounds;
pub use lexicon::{Alternative, Lexicon};
pub use numbers::{NumberLike, numbers_in};
pub use overlap::TextWords;
pub use personal_numbers::without_personal_numbers;
pub use sentences::sentences;
pub use signs::{Sentence, Signs, Vocabulary, parted};
pub use spelling::Spelling;
pub use stems::{character_grams, content_stems, content_words, is_stop_word, stem};
pub use words::{Word, fold_dots, words};
