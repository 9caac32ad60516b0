//! How do ranked passages become an answer that can be trusted?
//!
//! The way of a question, each station typed so that a wrong order does not compile:
//! [`Question`](crate::retrieve::Question) → [`Ranked`](crate::retrieve::Ranked) → [`Evidence`] → draft sentences →
//! [`CheckedSentence`]s. Quotes are ready before the model starts; what the model writes is shown sentence by sentence,
//! each after it has been checked against its source; what the routines do not answer, or must not, is refused. Before all
//! of it stands the look for danger to life, which needs nothing but the question.

mod assistant;
mod compose;
mod contacts;
mod danger;
mod disagreement;
mod evidence;
mod kinds;
mod overview;
mod refusal;
mod site;
mod verify;

pub use assistant::{Answer, AnswerError, AskOptions, Assistant, Event, Outcome, Timings};
pub use compose::{Composed, conversation};
pub use contacts::Contacts;
pub use danger::{Danger, Dangers, EmergencyNumber, ListError};
pub use disagreement::{Disagreement, Precedence};
pub(crate) use evidence::passage_url;
pub use evidence::{DocumentReference, Evidence, Quote, gather};
pub use kinds::refusal_kind;
pub use overview::{Overview, OverviewDocument, OverviewSection};
pub use refusal::{Refusal, RefusalKind};
pub use site::SiteLists;
pub use verify::{CheckedSentence, Fault, SentenceStatus, check};
