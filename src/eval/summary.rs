//! What do the results of all questions come to?

use serde::{Deserialize, Serialize};

use super::answers::QuestionResult;
use super::calibration::{Calibration, Judgement, calibration};
use super::metrics::{Interval, interval, percentile, share_below};

/// A metric over all questions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// Questions asked.
    pub questions: usize,
    /// recall@5 over what each question needs.
    pub recall_at_5: Interval,
    /// Share of questions with a gold passage among the first five.
    pub success_at_5: Interval,
    /// MRR@10.
    pub mrr_at_10: Interval,
    /// nDCG@10.
    pub ndcg_at_10: Interval,
    /// Share of unanswerable questions that are refused.
    pub right_refusals: Interval,
    /// Share of answerable questions that are refused.
    pub wrong_refusals: Interval,
    /// What other thresholds would do: threshold, share of right refusals, share of wrong ones.
    pub refusal_curve: Vec<[f64; 3]>,
    /// Share of refusals that were right.
    pub refusal_precision: Interval,
    /// Share of questions that were answered with a gold place among the quotes, or refused, as they should be.
    pub handled_right: Interval,
    /// Whether the confidence means what it says.
    pub calibration: Calibration,
    /// Share of answered questions with a quote that holds a gold place.
    pub quotes_right: Interval,
    /// Facts that the quotes state, of answerable questions (0 for refused ones).
    pub fact_recall_quotes: Interval,
    /// Facts that the composed answer states.
    pub fact_recall_answer: Interval,
    /// Share of citations that hold.
    pub citations_hold: Interval,
    /// Share of the model's sentences that were not shown.
    pub sentences_rejected: f64,
    /// Answers that state something forbidden.
    pub forbidden: usize,
    /// Milliseconds until the quotes, p50 and p95.
    pub quotes_ms: [f64; 2],
    /// Milliseconds until the first checked sentence, p50 and p95.
    pub first_sentence_ms: [f64; 2],
    /// Milliseconds until the full answer, p50 and p95; composed answers only.
    pub full_answer_ms: [f64; 2],
}

/// What was measured, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswersSetup {
    /// The set as it was given.
    pub set: String,
    /// Its half, where one was chosen.
    pub split: Option<String>,
    /// Only every n-th question was asked.
    pub every: usize,
    /// Whether no model wrote.
    pub quotes_only: bool,
    /// Embedding model.
    pub embedder: String,
    /// Reranker, if there was one.
    pub reranker: Option<String>,
    /// Generative model, if one was to write.
    pub generator: Option<String>,
    /// Questions are refused below this probability.
    pub refuse_below: f32,
    /// Documents of the index.
    pub documents: usize,
    /// Passages of the index.
    pub passages: usize,
    /// When the index was built.
    pub index_built: String,
}

/// Results and their summary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What was measured.
    pub setup: AnswersSetup,
    /// Over all questions.
    pub summary: Summary,
    /// One by one.
    pub results: Vec<QuestionResult>,
}

/// Confidences and whether they were deserved.
pub fn judgements(results: &[QuestionResult]) -> Vec<Judgement> {
    let judgement = |result: &QuestionResult| Judgement {
        confidence: f64::from(result.confidence),
        right: result.passages_answer(),
    };
    results.iter().map(judgement).collect()
}

fn refusal_curve(results: &[QuestionResult]) -> Vec<[f64; 3]> {
    let share = |answerable: bool, threshold: f32| {
        let of = results.iter().filter(|result| result.question.answerable == answerable);
        share_below(of.map(|result| result.confidence), threshold)
    };
    let thresholds = [0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9_f32];
    thresholds.map(|threshold| [f64::from(threshold), share(false, threshold), share(true, threshold)]).to_vec()
}

/// Means, intervals and percentiles.
pub fn summarise(results: &[QuestionResult]) -> Summary {
    let over = |name: &str| {
        interval(&results.iter().filter_map(|result| result.metrics.get(name).copied()).collect::<Vec<f64>>())
    };
    let times = |value: &dyn Fn(&QuestionResult) -> Option<u64>| {
        let values: Vec<f64> = results.iter().filter_map(value).map(|millis| millis as f64).collect();
        [percentile(&values, 0.5), percentile(&values, 0.95)]
    };
    let total = |value: &dyn Fn(&QuestionResult) -> usize| results.iter().map(value).sum::<usize>();
    let written = total(&|result| result.sentences_rejected + result.sentences_supported);
    Summary {
        questions: results.len(),
        recall_at_5: over("recall_at_5"),
        success_at_5: over("success_at_5"),
        mrr_at_10: over("mrr_at_10"),
        ndcg_at_10: over("ndcg_at_10"),
        refusal_curve: refusal_curve(results),
        right_refusals: over("right_refusals"),
        wrong_refusals: over("wrong_refusals"),
        refusal_precision: over("refusal_precision"),
        handled_right: over("handled_right"),
        calibration: calibration(&judgements(results)),
        quotes_right: over("quotes_right"),
        fact_recall_quotes: over("fact_recall_quotes"),
        fact_recall_answer: over("fact_recall_answer"),
        citations_hold: over("citations_hold"),
        sentences_rejected: total(&|result| result.sentences_rejected) as f64 / written.max(1) as f64,
        forbidden: total(&|result| usize::from(result.states_forbidden)),
        quotes_ms: times(&|result| Some(result.quotes_ms)),
        first_sentence_ms: times(&|result| result.first_sentence_ms),
        full_answer_ms: times(&|result| result.full_answer_ms),
    }
}
