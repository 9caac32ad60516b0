//! Which weights fit the development questions?
//!
//! A plain grid over the legs' weights for nDCG@10, then the confidence's regression, then the threshold below
//! which questions are refused. Test questions are turned away.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::ascent::{Setter, ascend};
use super::dataset::{EvalQuestion, Split};
use super::fit_evidence::fit_evidence;
use super::metrics::{rank_metrics, share_below};
use crate::index::Index;
use crate::inference::worker::{EmbedderHandle, RerankerHandle};
use crate::retrieve::{
    Analysed, Coefficients, Confidence, Features, Fitted, FusionWeights, Hit, OffTopic, Question, RERANKED_FEATURES,
    Ranked, Refusing, Retriever, SearchOptions, UNRANKED_FEATURES,
};

const DEPTH: usize = 10;
/// Weights that are tried for a leg. Coarse on purpose: finer steps would fit the questions, not the language.
const FUSION_STEPS: &[f32] = &[0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3];
const LEGS: &[Setter<FusionWeights>] = &[
    |weights, value| weights.units = value,
    |weights, value| weights.stems = value,
    |weights, value| weights.grams = value,
    |weights, value| weights.document = value,
];
/// Pull towards zero of the confidence's regression.
const PULL: f32 = 0.003;
/// How far the bounds lie above what a question that is about nothing in the routines reaches.
const MARGIN: f32 = 0.01;

/// What was fitted and how well it does where it was fitted.
#[derive(Debug, Clone, Serialize)]
pub struct FitReport {
    /// The numbers.
    pub fitted: Fitted,
    /// nDCG@10 of the legs alone on the development questions, which is too good by what fitting gains.
    pub ndcg_of_legs: f64,
    /// Likewise with the reranker, if there is one.
    pub ndcg_at_10: f64,
    /// What becomes of questions left out of the regression in turn.
    pub refusals: Refusals,
}

/// Shares of questions that are refused.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Refusals {
    /// Of unanswerable ones.
    pub right: f64,
    /// Of answerable ones.
    pub wrong: f64,
}

/// Fits on the development questions of a set.
pub fn fit(
    index: &std::sync::Arc<Index>,
    embedder: &EmbedderHandle,
    reranker: Option<&RerankerHandle>,
    questions: &[EvalQuestion],
    today: Date,
) -> anyhow::Result<FitReport> {
    let questions: Vec<&EvalQuestion> = questions.iter().filter(|question| question.split == Split::Dev).collect();
    let base = Retriever::new(std::sync::Arc::clone(index), embedder.clone(), Fitted::plain());
    let mut analysed = Vec::new();
    for question in &questions {
        analysed.push(base.analyse(Question::parse(&question.question)?)?);
    }
    let options = SearchOptions { limit: DEPTH, all_standings: false, today, rerank: true };
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
                    rank_metrics(&found, question.needs()).ndcg_at_10
                },
            );
            let scores: Vec<f64> = scores.collect();
            scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        let (fusion, reached) = ascend(fitted.fusion, LEGS, FUSION_STEPS, &quality);
        if reached > best.0 {
            tracing::info!(reached, ?fusion, title_weight, heading_weight, "better");
            best = (reached, Fitted { fusion, ..fitted });
        }
    }
    let (ndcg_of_legs, mut fitted) = best;
    let retriever = Retriever::new(std::sync::Arc::clone(index), embedder.clone(), fitted.clone());
    let rank = |retriever: &Retriever| -> anyhow::Result<Vec<Ranked>> {
        let one = |analysed: &Analysed| Ok(retriever.rank(analysed.clone(), options)?);
        analysed.iter().map(one).collect()
    };
    let (unranked, refusals) = refusing(&questions, &rank(&retriever)?, UNRANKED_FEATURES);
    let mut report = FitReport { ndcg_of_legs, ndcg_at_10: ndcg_of_legs, refusals, fitted: fitted.clone() };
    fitted.unranked = unranked;
    if reranker.is_some() {
        let retriever = retriever.with_reranker(reranker.cloned());
        let ranked = rank(&retriever)?;
        let (quality, weight) = rerank_weight(&questions, &ranked, &gold, fitted.rerank_weight);
        fitted.rerank_weight = weight;
        let retriever = Retriever::new(std::sync::Arc::clone(index), embedder.clone(), fitted.clone());
        let ranked = rank(&retriever.with_reranker(reranker.cloned()))?;
        (fitted.reranked, report.refusals) = refusing(&questions, &ranked, RERANKED_FEATURES);
        fitted.evidence = fit_evidence(&questions, &ranked, fitted.evidence);
        report.ndcg_at_10 = quality;
    }
    embedder.name().clone_into(&mut fitted.embedder);
    report.fitted = fitted;
    Ok(report)
}

/// The regression and threshold for ranked questions, and what they do to questions left out of the regression.
fn refusing(questions: &[&EvalQuestion], ranked: &[Ranked], used: &[usize]) -> (Refusing, Refusals) {
    let examples: Vec<(Features, bool)> =
        questions.iter().zip(ranked).map(|(question, ranked)| (ranked.features, question.answerable)).collect();
    let held_out = leave_one_out(&examples, used);
    let plain = Refusing {
        confidence: Coefficients::fit(&examples, used, PULL),
        threshold: threshold(&held_out),
        off_topic: None,
    };
    let off_topic =
        questions.iter().zip(ranked).filter(|(question, _)| question.tags.iter().any(|tag| tag == "off-topic"));
    let off_topic: Vec<Features> = off_topic.map(|(_, ranked)| ranked.features).collect();
    let answerable = examples.iter().filter(|(_, answerable)| *answerable);
    let answerable: Vec<Features> = answerable.map(|(features, _)| *features).collect();
    let refusing = keep_out(plain, &off_topic, &answerable, used == RERANKED_FEATURES);
    let share = |wanted: bool| {
        let of = examples.iter().zip(&held_out).filter(|((_, answerable), _)| *answerable == wanted);
        let refused =
            of.clone().filter(|((features, _), (held_out, _))| refusing.refuses(Confidence(*held_out), features));
        refused.count() as f64 / of.count().max(1) as f64
    };
    (refusing, Refusals { right: share(false), wrong: share(true) })
}

/// Whoever asks about the weather must never get a routine for an answer, whatever that costs elsewhere: raises the
/// threshold, sets bounds for what is off the topic or both, whichever refuses fewest of the answerable questions.
fn keep_out(refusing: Refusing, off_topic: &[Features], answerable: &[Features], reranked: bool) -> Refusing {
    let probability = |features: &Features| refusing.confidence.probability(features);
    let above = |features: &Features| probability(features).0 + MARGIN;
    let thresholds = off_topic.iter().map(above).chain([refusing.threshold]);
    let thresholds = thresholds.filter(|threshold| *threshold >= refusing.threshold);
    let candidates = thresholds.map(|threshold| {
        let only = Refusing { threshold, ..refusing };
        let left: Vec<&Features> =
            off_topic.iter().filter(|features| !only.refuses(probability(features), features)).collect();
        let bound = |value: fn(&Features) -> f32| left.iter().map(|features| value(features) + MARGIN).reduce(f32::max);
        let sure = if reranked { bound(Features::reranked) } else { None };
        Refusing { off_topic: bound(Features::closeness).map(|closeness| OffTopic { closeness, sure }), ..only }
    });
    let refused = |candidate: &Refusing| {
        answerable.iter().filter(|features| candidate.refuses(probability(features), features)).count()
    };
    candidates.min_by_key(refused).unwrap_or(refusing)
}

/// nDCG@10 with the best weight of the reranker's logit, and the weight. The hits were scored with `used`.
fn rerank_weight(
    questions: &[&EvalQuestion],
    ranked: &[Ranked],
    gold: &[HashMap<usize, Vec<usize>>],
    used: f32,
) -> (f64, f32) {
    let quality = |weight: f32| {
        let answerable = questions.iter().zip(ranked).zip(gold).filter(|((question, _), _)| question.answerable);
        let scores: Vec<f64> = answerable
            .map(|((question, ranked), gold)| {
                let logit = |hit: &Hit| hit.verdict.as_ref().map(|verdict| verdict.passage);
                let (mut read, rest): (Vec<&Hit>, Vec<&Hit>) =
                    ranked.hits.iter().partition(|hit| hit.verdict.is_some());
                let score = |hit: &Hit| hit.score + (weight - used) * logit(hit).unwrap_or_default();
                read.sort_by(|a, b| score(b).total_cmp(&score(a)));
                let places = |hit: &&Hit| gold.get(&(hit.row.number.0 as usize)).cloned().unwrap_or_default();
                let found: Vec<Vec<usize>> = read.iter().chain(&rest).map(places).collect();
                rank_metrics(&found, question.needs()).ndcg_at_10
            })
            .collect();
        scores.iter().sum::<f64>() / scores.len().max(1) as f64
    };
    let weights = [0.0, 0.15, 0.3, 0.5, 0.8, 1.2, 2.0, 4.0];
    weights
        .into_iter()
        .map(|weight| (quality(weight), weight))
        .fold((f64::MIN, used), |best, candidate| if candidate.0 > best.0 + 1e-9 { candidate } else { best })
}

/// Which needs each passage meets, per question.
fn gold_of_passages(index: &Index, questions: &[&EvalQuestion]) -> anyhow::Result<Vec<HashMap<usize, Vec<usize>>>> {
    let mut out = vec![HashMap::new(); questions.len()];
    for head in index.documents() {
        for row in index.passages_of(head.number)? {
            for (question, gold) in questions.iter().zip(&mut out) {
                let met = question.needs_met(head.id.as_str(), &row);
                if !met.is_empty() {
                    gold.insert(row.number.0 as usize, met);
                }
            }
        }
    }
    Ok(out)
}

/// Probability of each example from a regression that has not seen it.
fn leave_one_out(examples: &[(Features, bool)], used: &[usize]) -> Vec<(f32, bool)> {
    const FOLDS: usize = 10;
    let mut out = vec![(0.0, false); examples.len()];
    for fold in 0..FOLDS {
        let rest: Vec<(Features, bool)> = examples
            .iter()
            .enumerate()
            .filter(|(index, _)| index % FOLDS != fold)
            .map(|(_, example)| *example)
            .collect();
        let fitted = Coefficients::fit(&rest, used, PULL);
        for (index, (features, answerable)) in examples.iter().enumerate().filter(|(index, _)| index % FOLDS == fold) {
            out[index] = (fitted.probability(features).0, *answerable);
        }
    }
    out
}

/// The threshold with the largest distance between the share of right and that of wrong refusals (Youden's J). Asking
/// for 85 % right refusals instead was tried: with near misses among the questions it cost 46 % wrong ones.
fn threshold(held_out: &[(f32, bool)]) -> f32 {
    let share = |answerable, threshold| share_below(of(held_out, answerable), threshold);
    let distance = |threshold: f32| share(false, threshold) - share(true, threshold);
    // In steps of a hundredth: finer ones would fit single questions.
    let steps = (1..100_u8).map(|step| f32::from(step) / 100.0);
    steps.max_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(0.5)
}

/// Probabilities of the answerable or of the unanswerable questions.
fn of(held_out: &[(f32, bool)], answerable: bool) -> impl Iterator<Item = f32> {
    held_out.iter().filter(move |(_, truth)| *truth == answerable).map(|(probability, _)| *probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(closeness: f32, reranker: f32) -> Features {
        let mut features = Features([0.0; 12]);
        (features.0[0], features.0[9]) = (closeness, reranker);
        features
    }

    #[test]
    fn what_is_off_topic_is_kept_out_in_the_way_that_refuses_fewest_others() {
        let mut confidence = Coefficients { intercept: 0.0, weights: [0.0; 12] };
        confidence.weights[9] = 1.0;
        let refusing = Refusing { confidence, threshold: 0.3, off_topic: None };
        let refuses =
            |refusing: &Refusing, features: &Features| refusing.refuses(confidence.probability(features), features);
        let answerable: Vec<Features> = (0..20_u8).map(|number| features(0.1, f32::from(number) / 10.0)).collect();
        let far = keep_out(refusing, &[features(-0.5, 1.5)], &answerable, false);
        assert!(refuses(&far, &features(-0.5, 1.5)));
        assert!(answerable.iter().all(|features| !refuses(&far, features)), "{far:?}");
        assert!(refuses(&far, &features(-0.6, 1.9)));
        let unless_sure = keep_out(refusing, &[features(-0.5, 1.5)], &answerable, true);
        assert!(refuses(&unless_sure, &features(-0.5, 1.5)) && !refuses(&unless_sure, &features(-0.6, 1.9)));
        let near = keep_out(refusing, &[features(0.3, -0.2)], &answerable, true);
        assert!(refuses(&near, &features(0.3, -0.2)) && near.off_topic.is_none(), "{near:?}");
        assert_eq!(keep_out(refusing, &[], &answerable, true), refusing);
    }
}
