//! Which weights pick the best quotes from passages that are ranked already?
//!
//! Coordinate ascent on a coarse grid over the answerable development questions. What is wanted of the quotes: a right
//! one, it first, the facts in them, and no more of them than that takes.

use super::answers::{facts_stated, first_right_quote, quoted_text};
use super::dataset::EvalQuestion;
use crate::answer::gather;
use crate::retrieve::{EvidenceWeights, Ranked};

/// What a quote more must bring at least.
const ROOM: f64 = 0.01;

/// The best weights; refusals play no part, since quotes are picked after them.
pub(super) fn fit_evidence(questions: &[&EvalQuestion], ranked: &[Ranked], start: EvidenceWeights) -> EvidenceWeights {
    const STEPS: [f32; 9] = [0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0];
    // What it costs to point elsewhere stays as it is: too few questions meet such units to say.
    const SET: [fn(&mut EvidenceWeights, f32); 3] = [
        |weights, value| weights.words = value,
        |weights, value| weights.answers = value,
        |weights, value| weights.behind = value,
    ];
    let asked: Vec<(&EvalQuestion, &Ranked)> =
        questions.iter().copied().zip(ranked).filter(|(question, _)| question.answerable).collect();
    let quality = |weights| asked.iter().map(|(question, ranked)| worth(question, ranked, weights)).sum::<f64>();
    let mut best = (start, quality(start));
    loop {
        let before = best.1;
        for set in SET {
            for step in STEPS {
                let mut candidate = best.0;
                set(&mut candidate, step);
                let reached = quality(candidate);
                if reached > best.1 + 1e-9 {
                    best = (candidate, reached);
                }
            }
        }
        if best.1 <= before + 1e-9 {
            tracing::info!(worth = best.1 / asked.len().max(1) as f64, weights = ?best.0, "evidence");
            return best.0;
        }
    }
}

fn worth(question: &EvalQuestion, ranked: &Ranked, weights: EvidenceWeights) -> f64 {
    let evidence = gather(ranked, weights);
    let (first, any) =
        first_right_quote(question, &evidence).map_or((0.0, 0.0), |place| (1.0 / (place + 1) as f64, 1.0));
    let facts = facts_stated(&question.facts, &quoted_text(&evidence));
    0.5 * first + 0.3 * any + 0.2 * facts - ROOM * evidence.quotes.len() as f64
}
