//! Which weights fit the development questions?
//!
//! A plain grid over the legs' weights for nDCG@10, then the confidence's regression, then the lowest threshold that
//! refuses what it must. Test questions are turned away.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::dataset::{EvalQuestion, Split, is_gold};
use super::metrics::rank_metrics;
use crate::index::Index;
use crate::inference::worker::EmbedderHandle;
use crate::retrieve::{Coefficients, Features, Fitted, FusionWeights, Question, Retriever, SearchOptions};

const DEPTH: usize = 10;
/// Pull towards zero of the confidence's regression.
const PULL: f32 = 0.01;

/// What was fitted and how well it does where it was fitted.
#[derive(Debug, Clone, Serialize)]
pub struct FitReport {
    /// The numbers.
    pub fitted: Fitted,
    /// nDCG@10 on the development questions, which is too good by what fitting gains.
    pub ndcg_at_10: f64,
    /// Right refusals of questions left out of the regression in turn.
    pub right_refusals: f64,
    /// Wrong refusals, likewise.
    pub wrong_refusals: f64,
}

/// Share of unanswerable questions that must be refused on the development half.
const RIGHT_REFUSALS: f32 = 0.85;

/// Fits on the development questions of a set.
pub fn fit(
    index: &std::sync::Arc<Index>,
    embedder: &EmbedderHandle,
    questions: &[EvalQuestion],
    today: Date,
) -> anyhow::Result<FitReport> {
    let questions: Vec<&EvalQuestion> = questions.iter().filter(|question| question.split == Split::Dev).collect();
    let base = Retriever::new(std::sync::Arc::clone(index), embedder.clone(), Fitted::plain());
    let mut analysed = Vec::new();
    for question in &questions {
        analysed.push(base.analyse(Question::parse(&question.question)?)?);
    }
    let options = SearchOptions { limit: DEPTH, all_standings: false, today };
    let gold = gold_of_passages(index, &questions)?;
    let valid: Vec<bool> = index
        .documents_of_passages()
        .iter()
        .map(|number| {
            let head = index.document_by_number(*number);
            head.is_some_and(|head| head.metadata.validity.standing(today).may_answer())
        })
        .collect();
    let mut best = (f64::MIN, Fitted::plain());
    for (title_weight, heading_weight) in [(0.0, 0.5), (0.3, 0.7), (0.5, 1.0), (1.0, 1.0), (1.0, 2.0)] {
        let fitted = Fitted { title_weight, heading_weight, ..Fitted::plain() };
        let retriever = Retriever::new(std::sync::Arc::clone(index), embedder.clone(), fitted.clone());
        let legs = analysed.iter().map(|analysed| retriever.legs(analysed)).collect::<Result<Vec<_>, _>>()?;
        let quality = |fusion: FusionWeights| {
            let scores = questions.iter().zip(&legs).zip(&gold).filter(|((question, _), _)| question.answerable).map(
                |((question, legs), gold)| {
                    let fused = fusion.fuse(legs, index.documents_of_passages());
                    let mut order: Vec<usize> = (0..fused.len()).filter(|number| valid[*number]).collect();
                    order.sort_unstable_by(|a, b| fused[*b].total_cmp(&fused[*a]));
                    let found: Vec<Vec<usize>> =
                        order.iter().take(DEPTH).map(|number| gold.get(number).cloned().unwrap_or_default()).collect();
                    rank_metrics(&found, question.gold.len()).ndcg_at_10
                },
            );
            let scores: Vec<f64> = scores.collect();
            scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        let (fusion, reached) = ascend(fitted.fusion, &quality);
        if reached > best.0 {
            tracing::info!(reached, ?fusion, title_weight, heading_weight, "better");
            best = (reached, Fitted { fusion, ..fitted });
        }
    }
    let (ndcg_at_10, mut fitted) = best;
    let retriever = Retriever::new(std::sync::Arc::clone(index), embedder.clone(), fitted.clone());
    let mut examples: Vec<(Features, bool)> = Vec::new();
    for (question, analysed) in questions.iter().zip(&analysed) {
        examples.push((retriever.rank(analysed.clone(), options)?.features, question.answerable));
    }
    fitted.confidence = Coefficients::fit(&examples, PULL);
    let held_out = leave_one_out(&examples);
    fitted.refusal_threshold = threshold(&held_out);
    let share = |answerable: bool| {
        let of: Vec<bool> = held_out
            .iter()
            .filter(|(_, truth)| *truth == answerable)
            .map(|(probability, _)| *probability < fitted.refusal_threshold)
            .collect();
        of.iter().filter(|refused| **refused).count() as f64 / of.len().max(1) as f64
    };
    Ok(FitReport { ndcg_at_10, right_refusals: share(false), wrong_refusals: share(true), fitted })
}

/// Which gold places each passage holds, per question.
fn gold_of_passages(index: &Index, questions: &[&EvalQuestion]) -> anyhow::Result<Vec<HashMap<usize, Vec<usize>>>> {
    let mut out = vec![HashMap::new(); questions.len()];
    for head in index.documents() {
        for row in index.passages_of(head.number)? {
            for (question, gold) in questions.iter().zip(&mut out) {
                let holds = |gold| is_gold(gold, head.id.as_str(), &row);
                let places: Vec<usize> =
                    question.gold.iter().enumerate().filter(|(_, gold)| holds(gold)).map(|(place, _)| place).collect();
                if !places.is_empty() {
                    gold.insert(row.number.0 as usize, places);
                }
            }
        }
    }
    Ok(out)
}

/// Coordinate ascent: one weight after the other is set to its best value on a coarse grid, until nothing gains. The
/// grid is coarse on purpose: finer steps would fit the questions, not the language.
fn ascend(start: FusionWeights, quality: &impl Fn(FusionWeights) -> f64) -> (FusionWeights, f64) {
    const STEPS: [f32; 9] = [0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3];
    const SET: [fn(&mut FusionWeights, f32); 4] = [
        |weights, value| weights.units = value,
        |weights, value| weights.stems = value,
        |weights, value| weights.grams = value,
        |weights, value| weights.document = value,
    ];
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
            return best;
        }
    }
}

/// Probability of each example from a regression that has not seen it.
fn leave_one_out(examples: &[(Features, bool)]) -> Vec<(f32, bool)> {
    const FOLDS: usize = 10;
    let mut out = vec![(0.0, false); examples.len()];
    for fold in 0..FOLDS {
        let rest: Vec<(Features, bool)> = examples
            .iter()
            .enumerate()
            .filter(|(index, _)| index % FOLDS != fold)
            .map(|(_, example)| *example)
            .collect();
        let fitted = Coefficients::fit(&rest, PULL);
        for (index, (features, answerable)) in examples.iter().enumerate().filter(|(index, _)| index % FOLDS == fold) {
            out[index] = (fitted.probability(features).0, *answerable);
        }
    }
    out
}

/// The lowest threshold that refuses the wanted share of unanswerable questions.
fn threshold(held_out: &[(f32, bool)]) -> f32 {
    let mut unanswerable: Vec<f32> =
        held_out.iter().filter(|(_, answerable)| !answerable).map(|(probability, _)| *probability).collect();
    unanswerable.sort_by(f32::total_cmp);
    let wanted = (RIGHT_REFUSALS * unanswerable.len() as f32).ceil() as usize;
    unanswerable.get(wanted.saturating_sub(1)).map_or(0.5, |probability| probability + 1e-4)
}
