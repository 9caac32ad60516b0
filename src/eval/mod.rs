//! How good is it, measured from outside?
//!
//! Question sets, metrics, and a runner that asks the same retriever and assistant that the server does. Fitting of
//! weights and of the confidence belongs here too, because it must never see test questions.

mod ablate;
mod beir;
mod dataset;
mod fit;
mod metrics;
mod retrieval;
mod run;
mod trec;

pub use ablate::{AblationRow, ablate};
pub use beir::{BeirSet, Judged, SOURCE as ENTRIES_SOURCE, is_beir};
pub use dataset::{DatasetError, EvalQuestion, Gold, Split, is_gold, load, lost_gold};
pub use fit::{FitReport, Refusals, fit};
pub use metrics::{Interval, RankMetrics, interval, percentile, rank_metrics};
pub use retrieval::{Asked, RetrievalReport, RetrievalResult, RetrievalSetup, rank_entries, rank_passages};
pub use run::{QuestionResult, Report, Summary, evaluate, summarise};
pub use trec::{TREC_METRICS, trec_metrics, write_qrels, write_run};
