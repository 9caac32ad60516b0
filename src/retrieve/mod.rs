//! Which passages answer a question, and how sure is that?
//!
//! From a question to ranked passages: analysis, dense and lexical legs, fusion, reranking, and a calibrated
//! probability that the best passages answer. It quotes and writes nothing; that is [`crate::answer`].

mod confidence;
mod fitted;
mod fusion;
mod question;
mod retriever;

pub use confidence::{Coefficients, Confidence, FEATURE_NAMES, Features, RERANKED_FEATURES, UNRANKED_FEATURES};
pub use fitted::{EvidenceWeights, Fitted, OffTopic, Refusing};
pub use fusion::{FusionWeights, Legs, z_scores};
pub use question::{Analysed, LONGEST as LONGEST_QUESTION, Question, QuestionError};
pub use retriever::{Hit, LegScores, Ranked, Retriever, SearchOptions};

use crate::index::IndexError;
use crate::inference::InferenceError;

/// What can go wrong while searching.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    /// The index could not be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The embedding model failed or is overloaded.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}
