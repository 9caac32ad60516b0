//! How good is it, measured from outside?
//!
//! Question sets, metrics, and a runner that asks the same retriever and assistant that the server does. Fitting of
//! weights and of the confidence belongs here too, because it must never see test questions.

mod ablate;
mod dataset;
mod fit;
mod fit_evidence;
mod metrics;
mod run;

pub use ablate::{AblationRow, ablate};
pub use dataset::{DatasetError, EvalQuestion, Gold, Split, is_gold, load, lost_gold};
pub use fit::{FitReport, Refusals, fit};
pub use metrics::{Interval, RankMetrics, interval, percentile, rank_metrics};
pub use run::{QuestionResult, Report, Summary, evaluate, summarise};
