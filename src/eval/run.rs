//! Asks every question and holds what came against the gold.

use std::ops::ControlFlow;
use std::time::Instant;

use jiff::civil::Date;
use serde::Serialize;

use super::dataset::{EvalQuestion, letters, needs_met};
use super::metrics::{Interval, RankMetrics, interval, percentile, rank_metrics, share_below};
use crate::answer::{Answer, AskOptions, Assistant, Evidence, Outcome, SentenceStatus};
use crate::retrieve::{Features, Question};

/// What became of one question.
#[derive(Debug, Clone, Serialize)]
pub struct QuestionResult {
    /// The question.
    pub question: EvalQuestion,
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
    /// The answer.
    pub answer: Answer,
}

/// A metric over all questions.
#[derive(Debug, Clone, Serialize)]
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

/// Results and their summary.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Over all questions.
    pub summary: Summary,
    /// One by one.
    pub results: Vec<QuestionResult>,
}

/// Asks every question; `on_done` is called after each.
pub fn evaluate(
    assistant: &Assistant,
    questions: &[EvalQuestion],
    quotes_only: bool,
    today: Date,
    mut on_done: impl FnMut(usize),
) -> anyhow::Result<Report> {
    let mut results = Vec::with_capacity(questions.len());
    for (index, question) in questions.iter().enumerate() {
        results.push(ask_one(assistant, question, quotes_only, today)?);
        on_done(index + 1);
    }
    Ok(Report { summary: summarise(&results), results })
}

fn ask_one(
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
    Ok(QuestionResult {
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
        question: question.clone(),
        answer,
    })
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
    let truth = |value: bool| f64::from(u8::from(value));
    let over = |filter: &dyn Fn(&&QuestionResult) -> bool, value: &dyn Fn(&QuestionResult) -> f64| {
        interval(&results.iter().filter(filter).map(value).collect::<Vec<_>>())
    };
    let answerable = |result: &&QuestionResult| result.question.answerable;
    let unanswerable = |result: &&QuestionResult| !result.question.answerable;
    let answered = |result: &&QuestionResult| result.question.answerable && result.outcome != Outcome::Refused;
    let composed = |result: &&QuestionResult| result.facts_in_answer.is_some() && result.question.answerable;
    let cites = |result: &&QuestionResult| result.citations > 0;
    let ranking =
        |value: &dyn Fn(&RankMetrics) -> f64| over(&answerable, &|result| result.ranking.as_ref().map_or(0.0, value));
    let refused = |result: &QuestionResult| truth(result.outcome == Outcome::Refused);
    let times = |value: &dyn Fn(&QuestionResult) -> Option<u64>| {
        let values: Vec<f64> = results.iter().filter_map(value).map(|millis| millis as f64).collect();
        [percentile(&values, 0.5), percentile(&values, 0.95)]
    };
    let total = |value: &dyn Fn(&QuestionResult) -> usize| results.iter().map(value).sum::<usize>();
    let written = total(&|result| result.sentences_rejected + result.sentences_supported);
    Summary {
        questions: results.len(),
        recall_at_5: ranking(&|metrics| metrics.recall_at_5),
        success_at_5: ranking(&|metrics| metrics.success_at_5),
        mrr_at_10: ranking(&|metrics| metrics.reciprocal_rank_at_10),
        ndcg_at_10: ranking(&|metrics| metrics.ndcg_at_10),
        refusal_curve: refusal_curve(results),
        right_refusals: over(&unanswerable, &refused),
        wrong_refusals: over(&answerable, &refused),
        quotes_right: over(&answered, &|result| truth(result.quote_hits_gold)),
        fact_recall_quotes: over(&answerable, &|result| result.facts_in_quotes),
        fact_recall_answer: over(&composed, &|result| result.facts_in_answer.unwrap_or(0.0)),
        citations_hold: over(&cites, &|result| result.citations_that_hold as f64 / result.citations.max(1) as f64),
        sentences_rejected: total(&|result| result.sentences_rejected) as f64 / written.max(1) as f64,
        forbidden: total(&|result| usize::from(result.states_forbidden)),
        quotes_ms: times(&|result| Some(result.answer.timings.quotes_ms)),
        first_sentence_ms: times(&|result| result.answer.timings.first_sentence_ms),
        full_answer_ms: times(&|result| result.answer.composed.as_ref().map(|_| result.answer.timings.total_ms)),
    }
}
