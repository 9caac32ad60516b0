//! How do ranked passages become an answer that can be trusted?
//!
//! The way of a question, each station typed so that a wrong order does not compile:
//! [`Question`](crate::retrieve::Question) → [`Ranked`](crate::retrieve::Ranked) → [`Evidence`] → draft sentences →
//! [`CheckedSentence`]s. Quotes are ready before the model starts; what the model writes is shown sentence by sentence,
//! each after it has been checked against its source; what the routines do not answer is refused.

mod assistant;
mod compose;
mod evidence;
mod refusal;
mod verify;

pub use assistant::{Answer, AnswerError, AskOptions, Assistant, Event, Outcome, Timings};
pub use compose::{Composed, conversation};
pub(crate) use evidence::passage_url;
pub use evidence::{DocumentReference, Evidence, Quote, gather};
pub use refusal::Refusal;
pub use verify::{CheckedSentence, Fault, SentenceStatus, check};
