//! What is in a stretch of Swedish text?
//!
//! Words, stems and sentences, for everything that reads or compares text. No models and no documents: plain functions
//! from text to text.

mod numbers;
mod overlap;
mod sentences;
mod staff_words;
mod stems;
mod words;

pub use numbers::{NumberLike, numbers_in};
pub use overlap::TextWords;
pub use sentences::sentences;
pub use staff_words::StaffWords;
pub use stems::{character_grams, content_stems, content_words, is_stop_word, stem};
pub use words::{Word, fold_dots, words};
