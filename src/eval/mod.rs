//! How good is it, measured from outside?
//!
//! The bench that maintainers rerun after every change of routines, model or code. Retrieval test sets ([`BeirSet`]) and
//! question sets ([`load`]) are asked through the same retriever and assistant that the server uses; what came is measured
//! ([`trec_metrics`], [`rank_metrics`], [`calibration`]), summed up with intervals, compared with another run ([`compare`])
//! or held against a baseline ([`Baseline`]), and shown on a page ([`page`]). Fitting of weights and of the confidence
//! belongs here too, because it must never see test questions.

mod ablate;
mod answers;
mod ascent;
mod beir;
mod calibration;
mod compare;
mod dataset;
mod fit;
mod fit_evidence;
mod gate;
mod journal;
mod measures;
mod metrics;
mod page;
mod paired;
mod retrieval;
mod summary;
mod trec;

pub use ablate::{AblationRow, ablate};
pub use answers::{FoundPassage, QuestionResult, ask};
pub use beir::{BeirSet, Judged, SOURCE as ENTRIES_SOURCE, is_beir};
pub use calibration::{Calibration, CurvePoint, Judgement, ReliabilityBin, calibration};
pub use compare::{Comparison, MetricChange, QuestionChange, StoredReport, StoredResult, compare};
pub use dataset::{DatasetError, EvalQuestion, Gold, Split, is_gold, load, lost_gold};
pub use fit::{FitReport, Refusals, fit};
pub use gate::{Baseline, GateRow, Verdict};
pub use journal::Journal;
pub use measures::{Better, MEASURES, Measure, measure};
pub use metrics::{Interval, RankMetrics, interval, percentile, rank_metrics};
pub use page::page;
pub use paired::{Paired, paired};
pub use retrieval::{Asked, RetrievalReport, RetrievalResult, RetrievalSetup, rank_entries, rank_passages};
pub use summary::{AnswersSetup, Report, Summary, summarise};
pub use trec::{TREC_METRICS, trec_metrics, write_qrels, write_run};
