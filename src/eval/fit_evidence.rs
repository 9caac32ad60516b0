//! Which weights pick the best quotes from passages that are ranked already?
//!
//! Fitted on the answerable development questions. What is wanted of the quotes: a right
//! one, it first, the facts in them, and no more of them than that takes.

use super::answers::{facts_stated, first_right_quote, quoted_text};
use super::ascent::{Setter, ascend};
use super::dataset::EvalQuestion;
use crate::answer::gather;
use crate::retrieve::{EvidenceWeights, Ranked};

/// What a quote more must bring at least.
const ROOM: f64 = 0.01;
const STEPS: &[f32] = &[0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0];
/// What it costs to point elsewhere is not among them: too few questions meet such units to say.
const FITTED: &[Setter<EvidenceWeights>] = &[
    |weights, value| weights.words = value,
    |weights, value| weights.answers = value,
    |weights, value| weights.behind = value,
];

/// The best weights; refusals play no part, since quotes are picked after them.
pub(super) fn fit_evidence(questions: &[&EvalQuestion], ranked: &[Ranked], start: EvidenceWeights) -> EvidenceWeights {
    let asked: Vec<(&EvalQuestion, &Ranked)> =
        questions.iter().copied().zip(ranked).filter(|(question, _)| question.answerable).collect();
    let quality = |weights| asked.iter().map(|(question, ranked)| worth(question, ranked, weights)).sum::<f64>();
    let (weights, reached) = ascend(start, FITTED, STEPS, &quality);
    tracing::info!(worth = reached / asked.len().max(1) as f64, ?weights, "evidence");
    weights
}

fn worth(question: &EvalQuestion, ranked: &Ranked, weights: EvidenceWeights) -> f64 {
    let evidence = gather(ranked, weights);
    let (first, any) =
        first_right_quote(question, &evidence).map_or((0.0, 0.0), |place| (1.0 / (place + 1) as f64, 1.0));
    let facts = facts_stated(&question.facts, &quoted_text(&evidence));
    0.5 * first + 0.3 * any + 0.2 * facts - ROOM * evidence.quotes.len() as f64
}
