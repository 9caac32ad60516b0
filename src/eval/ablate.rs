//! What does each part of retrieval contribute?
//!
//! Ranks every answerable question with one part switched off after the other. The weights stay as they were fitted, so
//! a part that others could stand in for after a new fit looks a little more important than it is.

use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::dataset::{EvalQuestion, needs_met};
use super::metrics::{Interval, interval, rank_metrics};
use crate::index::Index;
use crate::language::{Ingredient, Ingredients, Lexicon};
use crate::retrieve::{Fitted, FusionWeights, Question, Retriever, SearchOptions};

const DEPTH: usize = 20;

/// What a variant reaches.
#[derive(Debug, Clone, Serialize)]
pub struct AblationRow {
    /// Which variant.
    pub variant: String,
    /// recall@5 over what each question needs.
    pub recall_at_5: Interval,
    /// MRR@10.
    pub mrr_at_10: Interval,
    /// nDCG@10.
    pub ndcg_at_10: Interval,
}

struct Variant {
    name: &'static str,
    weights: fn(&mut FusionWeights),
    lexicon: fn(&Lexicon) -> Lexicon,
    left_out: Option<Ingredient>,
    rerank: bool,
}

/// Everything but the reranker; most variants leave out one thing more, so that it is not made up for.
const LEGS: Variant =
    Variant { name: "without reranker", weights: |_| (), lexicon: Lexicon::clone, left_out: None, rerank: false };

const fn without(name: &'static str, left_out: Ingredient) -> Variant {
    Variant { name, left_out: Some(left_out), ..LEGS }
}

const VARIANTS: [Variant; 18] = [
    Variant { name: "everything", rerank: true, ..LEGS },
    LEGS,
    Variant { name: "  and without passage vectors", weights: |w| w.dense = 0.0, ..LEGS },
    Variant { name: "  and without unit vectors", weights: |w| w.units = 0.0, ..LEGS },
    Variant { name: "  and without words", weights: |w| w.stems = 0.0, ..LEGS },
    Variant { name: "  and without groups of characters", weights: |w| w.grams = 0.0, ..LEGS },
    Variant { name: "  and without document support", weights: |w| w.document = 0.0, ..LEGS },
    Variant { name: "  and without staff's words", lexicon: Lexicon::without_staff_words, ..LEGS },
    Variant { name: "  and without abbreviations", lexicon: Lexicon::without_abbreviations, ..LEGS },
    without("  and without stop words", Ingredient::StopWords),
    without("  and without stems", Ingredient::Stems),
    without("  and without inflections", Ingredient::Inflections),
    without("  and without parts of compounds", Ingredient::Compounds),
    without("  and without paragraphs, times, doses", Ingredient::Phrases),
    without("  and without dots put back", Ingredient::Dots),
    without("  and without correction of slips", Ingredient::Spelling),
    Variant { name: "passage vectors alone", weights: only_passages, ..LEGS },
    Variant { name: "words alone", weights: only_words, ..LEGS },
];

fn only_passages(weights: &mut FusionWeights) {
    *weights = FusionWeights { dense: 1.0, units: 0.0, stems: 0.0, grams: 0.0, document: 0.0 };
}

fn only_words(weights: &mut FusionWeights) {
    (weights.dense, weights.units) = (0.0, 0.0);
}

/// Ranks the answerable questions in every variant; `reopen` opens the retriever's index once more, `on_done` is called
/// with the number of rankings done and of all.
pub fn ablate(
    retriever: &Retriever,
    questions: &[EvalQuestion],
    today: Date,
    reopen: impl Fn() -> anyhow::Result<Index>,
    mut on_done: impl FnMut(usize, usize),
) -> anyhow::Result<Vec<AblationRow>> {
    let questions: Vec<&EvalQuestion> = questions.iter().filter(|question| question.answerable).collect();
    let mut rows = Vec::new();
    for (place, variant) in VARIANTS.iter().enumerate() {
        let mut fitted: Fitted = retriever.fitted().clone();
        (variant.weights)(&mut fitted.fusion);
        let lexicon = Arc::new((variant.lexicon)(retriever.lexicon()));
        let mut retriever = retriever.clone().with_fitted(fitted).with_lexicon(lexicon);
        if let Some(left_out) = variant.left_out {
            retriever = retriever.over(Arc::new(reopen()?.reanalysed(Ingredients::default().without(left_out))?));
        }
        let options = SearchOptions { limit: DEPTH, all_standings: false, today, rerank: variant.rerank };
        let mut metrics = Vec::new();
        for (done, question) in questions.iter().enumerate() {
            let ranked = retriever.search(Question::parse(&question.question)?, options)?;
            metrics.push(rank_metrics(&needs_met(question, &ranked.hits), question.needs()));
            on_done(place * questions.len() + done + 1, VARIANTS.len() * questions.len());
        }
        let over = |value: fn(&super::RankMetrics) -> f64| interval(&metrics.iter().map(value).collect::<Vec<f64>>());
        rows.push(AblationRow {
            variant: variant.name.to_owned(),
            recall_at_5: over(|metrics| metrics.recall_at_5),
            mrr_at_10: over(|metrics| metrics.reciprocal_rank_at_10),
            ndcg_at_10: over(|metrics| metrics.ndcg_at_10),
        });
    }
    Ok(rows)
}
