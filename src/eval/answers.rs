//! Asks every question and holds what came against the gold.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dataset::{EvalQuestion, letters, needs_met};
use super::metrics::{RankMetrics, rank_metrics};
use crate::answer::{Answer, AskOptions, Assistant, Evidence, Outcome, SentenceStatus};
use crate::retrieve::{Features, Hit, Question};

/// Passages that a result keeps.
const KEPT: usize = 10;

/// A passage that was found for a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundPassage {
    /// Stable name of its document.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Headings above it.
    pub heading_path: Vec<String>,
    /// Its name.
    pub passage: String,
    /// Its text.
    pub text: String,
    /// The fused score.
    pub score: f32,
    /// Its cosine.
    pub dense: f32,
    /// The cosine of its nearest unit.
    pub units: f32,
    /// BM25 over stems.
    pub stems: f32,
    /// BM25 over groups of characters.
    pub grams: f32,
    /// The reranker's logit, if it read the passage.
    pub reranker: Option<f32>,
    /// Which of the question's needs it meets, counted from 0.
    pub meets: Vec<usize>,
}

/// What became of one question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuestionResult {
    /// The question.
    pub question: EvalQuestion,
    /// Metrics by the names of [`super::MEASURES`]; those that do not apply are not there.
    pub metrics: BTreeMap<String, f64>,
    /// Retrieval metrics; answerable questions only.
    pub ranking: Option<RankMetrics>,
    /// Features of the confidence.
    pub features: Features,
    /// Probability that the passages answer.
    pub confidence: f32,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether a quote holds a gold place.
    pub quote_hits_gold: bool,
    /// Share of the facts that the quotes state.
    pub facts_in_quotes: f64,
    /// Share of the facts that the composed answer states.
    pub facts_in_answer: Option<f64>,
    /// Whether quotes or answer state something that only a wrong answer states.
    pub states_forbidden: bool,
    /// Citations of composed sentences, and how many of them point at a quote that holds what the sentence states.
    pub citations: usize,
    /// Of these, those of sentences that are supported by what they cite.
    pub citations_that_hold: usize,
    /// Sentences that the model wrote and that were not shown.
    pub sentences_rejected: usize,
    /// Sentences shown that the model wrote.
    pub sentences_supported: usize,
    /// Sentences shown in the routine's own words.
    pub sentences_quoted: usize,
    /// Milliseconds until the quotes.
    pub quotes_ms: u64,
    /// Milliseconds until the first checked sentence.
    pub first_sentence_ms: Option<u64>,
    /// Milliseconds until the full answer, where one was composed.
    pub full_answer_ms: Option<u64>,
    /// The passages that were found, best first.
    pub passages: Vec<FoundPassage>,
    /// The answer as JSON.
    pub answer: Value,
}

/// Asks one question.
pub fn ask(
    assistant: &Assistant,
    question: &EvalQuestion,
    quotes_only: bool,
    today: Date,
) -> anyhow::Result<QuestionResult> {
    let asked = Question::parse(&question.question)?;
    let options = AskOptions { quotes_only, today };
    let begun = Instant::now();
    let ranked = assistant.rank(asked, options)?;
    let answer = assistant.answer(&ranked, begun, options, &mut |_| ControlFlow::Continue(()))?;
    let found = needs_met(question, &ranked.hits);
    let quotes = quoted_text(&answer.evidence);
    let composed = answer.composed.as_ref().map(crate::answer::Composed::text);
    let sentences = answer.composed.as_ref().map(|composed| composed.sentences.as_slice()).unwrap_or_default();
    let count = |status| sentences.iter().filter(|sentence| sentence.status == status).count();
    let (citations, citations_that_hold) = citations(&answer);
    let stated = quotes.clone() + composed.as_deref().unwrap_or_default();
    let mut result = QuestionResult {
        metrics: BTreeMap::new(),
        ranking: question.answerable.then(|| rank_metrics(&found, question.needs())),
        features: ranked.features,
        confidence: ranked.confidence.0,
        outcome: answer.outcome,
        quote_hits_gold: first_right_quote(question, &answer.evidence).is_some(),
        facts_in_quotes: facts_stated(&question.facts, &quotes),
        facts_in_answer: composed.as_deref().map(|text| facts_stated(&question.facts, text)),
        states_forbidden: question.forbidden.iter().flatten().any(|wrong| states(&stated, wrong)),
        citations,
        citations_that_hold,
        sentences_rejected: answer.composed.as_ref().map_or(0, |composed| composed.rejected.len()),
        sentences_supported: count(SentenceStatus::Supported),
        sentences_quoted: count(SentenceStatus::Quoted),
        quotes_ms: answer.timings.quotes_ms,
        first_sentence_ms: answer.timings.first_sentence_ms,
        full_answer_ms: answer.composed.as_ref().map(|_| answer.timings.total_ms),
        passages: ranked.hits.iter().zip(found).take(KEPT).map(|(hit, meets)| found_passage(hit, meets)).collect(),
        question: question.clone(),
        answer: serde_json::to_value(&answer)?,
    };
    result.metrics = result.measured();
    Ok(result)
}

fn found_passage(hit: &Hit, meets: Vec<usize>) -> FoundPassage {
    let passage = &hit.row.passage;
    FoundPassage {
        document: hit.document.id.to_string(),
        title: hit.document.title.clone(),
        heading_path: passage.heading_path.clone(),
        passage: passage.id.to_string(),
        text: passage.text.clone(),
        score: hit.score,
        dense: hit.legs.dense,
        units: hit.legs.units,
        stems: hit.legs.stems,
        grams: hit.legs.grams,
        reranker: hit.verdict.as_ref().map(|verdict| verdict.passage),
        meets,
    }
}

impl QuestionResult {
    /// Whether it was refused.
    pub fn refused(&self) -> bool {
        self.outcome == Outcome::Refused
    }

    /// Whether a place that answers is among the first five passages: what the confidence is a probability of.
    pub fn passages_answer(&self) -> bool {
        self.ranking.is_some_and(|ranking| ranking.success_at_5 > 0.0)
    }

    /// Whether the right thing was done: quotes with a gold place where the routines answer, a refusal where not.
    pub fn handled_right(&self) -> bool {
        if self.question.answerable { !self.refused() && self.quote_hits_gold } else { self.refused() }
    }

    fn measured(&self) -> BTreeMap<String, f64> {
        let truth = |value: bool| f64::from(u8::from(value));
        let answerable = self.question.answerable;
        let answered = answerable && !self.refused();
        let ranking = |value: fn(&RankMetrics) -> f64| self.ranking.as_ref().map(value);
        let written = self.sentences_rejected + self.sentences_supported;
        let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
        let all = [
            ("recall_at_5", ranking(|metrics| metrics.recall_at_5)),
            ("success_at_5", ranking(|metrics| metrics.success_at_5)),
            ("mrr_at_10", ranking(|metrics| metrics.reciprocal_rank_at_10)),
            ("ndcg_at_10", ranking(|metrics| metrics.ndcg_at_10)),
            ("handled_right", Some(truth(self.handled_right()))),
            ("right_refusals", (!answerable).then(|| truth(self.refused()))),
            ("wrong_refusals", answerable.then(|| truth(self.refused()))),
            ("refusal_precision", self.refused().then(|| truth(!answerable))),
            ("quotes_right", answered.then(|| truth(self.quote_hits_gold))),
            ("fact_recall_quotes", answerable.then_some(self.facts_in_quotes)),
            ("fact_recall_answer", self.facts_in_answer.filter(|_| answerable)),
            ("citations_hold", share(self.citations_that_hold, self.citations)),
            ("unsupported_sentences", share(self.sentences_rejected, written)),
            ("states_forbidden", (!self.question.forbidden.is_empty()).then(|| truth(self.states_forbidden))),
            ("confidence_error", Some((f64::from(self.confidence) - truth(self.passages_answer())).powi(2))),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// All quotes, one after the other.
pub(super) fn quoted_text(evidence: &Evidence) -> String {
    evidence.quotes.iter().flat_map(|quote| [&quote.before, "\n", &quote.text, "\n"]).collect()
}

/// Place of the first quote that holds a gold place, from 0.
pub(super) fn first_right_quote(question: &EvalQuestion, evidence: &Evidence) -> Option<usize> {
    evidence.quotes.iter().position(|quote| {
        let text = letters(&format!("{} {}", quote.before, quote.text));
        question.gold.iter().filter(|gold| gold.document == quote.document.id).any(|gold| {
            let wanted = letters(&gold.quote);
            text.contains(&wanted) || (text.len() > 20 && wanted.contains(&text))
        })
    })
}

/// Whether a text states a wording, letters and digits compared as whole words.
fn states(text: &str, wording: &str) -> bool {
    let spaced = |text: &str| {
        let words: Vec<String> = text
            .to_lowercase()
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        format!(" {} ", words.join(" "))
    };
    let (text, wording) = (spaced(text), spaced(wording));
    // The last word may be inflected: "sjuksköterska" is stated by "sjuksköterskan".
    text.contains(wording.trim_end())
}

/// Share of the facts that a text states.
pub(super) fn facts_stated(facts: &[Vec<String>], text: &str) -> f64 {
    if facts.is_empty() {
        return 0.0;
    }
    let stated = facts.iter().filter(|wordings| wordings.iter().any(|wording| states(text, wording))).count();
    stated as f64 / facts.len() as f64
}

/// Citations of a composed answer, and those whose quote holds every number and most words of its sentence. The check
/// is the product's own, so this finds faults in how marks are carried along, not in the check; see the README.
fn citations(answer: &Answer) -> (usize, usize) {
    let Some(composed) = &answer.composed else { return (0, 0) };
    let mut all = 0;
    let mut hold = 0;
    for sentence in &composed.sentences {
        for number in &sentence.citations {
            all += 1;
            let marked = format!("{} [{number}]", sentence.text);
            let verbatim = answer.evidence.quote(*number).is_some_and(|quote| {
                letters(&format!("{} {}", quote.before, quote.text)).contains(&letters(&sentence.text))
            });
            if verbatim || crate::answer::check(&marked, &answer.evidence).is_ok() {
                hold += 1;
            }
        }
    }
    (all, hold)
}
