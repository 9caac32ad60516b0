//! Which sentences of the routines answer the question?
//!
//! The units (sentences, list items, table rows) of the best passages are scored by the reranker's word on whether the
//! answer stands in them, by their own vector and by the question's words; the best ones become quotes. A quote is a
//! stretch of the document exactly as it stands: a step comes with the list that it belongs to, a sentence with the
//! neighbours that are about the same thing.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Serialize;

use crate::index::DocumentHead;
use crate::ingest::passages::{Unit, UnitKind};
use crate::ingest::{Span, Standing};
use crate::language::{TextWords, content_stems};
use crate::retrieve::{Analysed, EvidenceWeights, Hit, Ranked};

/// Passages that are looked through.
const PASSAGES: usize = 8;
/// Stretches that may be quoted from one passage.
const STRETCHES: usize = 2;
/// Most quotes.
const QUOTES: usize = 4;
/// A list is quoted whole up to this many characters.
const WHOLE_LIST: usize = 650;
/// Characters of all quotes together; about 350 tokens, which is what the model gets to read.
const BUDGET: usize = 1400;
/// A unit counts as answering when its score is this close to the best one's.
const CLOSE: f32 = 0.3;
/// What a cosine is worth that lies one standard deviation above those of all units looked at.
const CLOSENESS: f32 = 0.2;
/// Neighbouring sentences join a quote when their score is this close to its best one's.
const NEIGHBOUR: f32 = 0.35;

/// What is shown of a document beside a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentReference {
    /// Stable name.
    pub id: String,
    /// Title.
    pub title: String,
    /// "Rutin" ...
    pub document_type: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Collection.
    pub collection: Option<String>,
    /// Diarienummer.
    pub case_number: Option<String>,
    /// Standing on the day of the question.
    pub standing: Standing,
    /// First day in force.
    pub valid_from: Option<Date>,
    /// Last day in force.
    pub valid_until: Option<Date>,
    /// Day of review.
    pub review_due: Option<Date>,
    /// Whom it applies to.
    pub applies_to: Option<String>,
}

impl DocumentReference {
    /// What is shown of `document`.
    pub fn of(document: &DocumentHead, standing: Standing) -> Self {
        let metadata = &document.metadata;
        Self {
            id: document.id.to_string(),
            title: document.title.clone(),
            document_type: metadata.document_type.clone(),
            owner: metadata.owner.clone(),
            collection: metadata.collection.clone(),
            case_number: metadata.case_number.clone(),
            standing,
            valid_from: metadata.validity.from,
            valid_until: metadata.validity.until,
            review_due: metadata.validity.review_due,
            applies_to: metadata.applies_to.clone(),
        }
    }
}

/// An exact stretch of a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quote {
    /// Number by which the answer cites it, from 1.
    pub number: usize,
    /// The text as it stands, one line per list item, row or paragraph.
    pub text: String,
    /// The line that introduces the list that the quote is part of; empty if there is none.
    pub before: String,
    /// Its document.
    pub document: DocumentReference,
    /// Headings above it.
    pub heading_path: Vec<String>,
    /// Page.
    pub page: Option<u32>,
    /// Passage that it is part of.
    pub passage: String,
    /// Where it stands in the document's text.
    pub span: Span,
    /// Where it is shown.
    pub url: String,
    /// How well it fits; for people who look into the ranking.
    pub score: f32,
    /// The sentence, item or row of it that fits the question best.
    #[serde(skip)]
    pub decisive: String,
}

/// The quotes for a question, best first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The quotes.
    pub quotes: Vec<Quote>,
}

struct Candidate<'a> {
    hit: &'a Hit,
    best: usize,
    first: usize,
    last: usize,
    score: f32,
}

/// Picks the quotes; `weights` were fitted with the retrieval's numbers ([`crate::retrieve::Fitted`]).
pub fn gather(ranked: &Ranked, weights: EvidenceWeights) -> Evidence {
    let words = Words::of(&ranked.analysed, &ranked.hits);
    let scoring =
        Scoring { words: &words, closeness: Closeness::of(&ranked.hits), titles: titles(&ranked.hits), weights };
    let best_passage = ranked.hits.first().map_or(0.0, |hit| hit.score);
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for hit in ranked.hits.iter().take(PASSAGES) {
        // A passage far behind the best one needs a much better sentence to be quoted.
        let behind = ((best_passage - hit.score) / best_passage.abs().max(1.0)).clamp(0.0, 1.0);
        let scores = scoring.units(hit, behind);
        let mut free: Vec<usize> = (0..scores.len()).collect();
        for _ in 0..STRETCHES {
            let Some(best) = free.iter().copied().max_by(|a, b| scores[*a].total_cmp(&scores[*b])) else { break };
            let (first, last) = widen(hit, best, &scores);
            // A stretch that would run into one already taken ends before it.
            let (mut start, mut end) = (best, best);
            while start > first && free.contains(&(start - 1)) {
                start -= 1;
            }
            while end < last && free.contains(&(end + 1)) {
                end += 1;
            }
            free.retain(|unit| *unit < start || *unit > end);
            candidates.push(Candidate { hit, best, first: start, last: end, score: scores[best] });
        }
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let best = candidates.first().map_or(0.0, |candidate| candidate.score);
    let mut quotes: Vec<Quote> = Vec::new();
    let mut used = 0;
    for candidate in candidates {
        let length = span_of(&candidate).len();
        let fits = quotes.is_empty() || used + length <= BUDGET;
        if quotes.len() < QUOTES && fits && candidate.score >= best - CLOSE {
            let quote = quote(quotes.len() + 1, &candidate);
            // The same sentence in two routines is one piece of evidence.
            if quotes.iter().all(|other| other.text != quote.text) {
                used += length;
                quotes.push(quote);
            }
        }
    }
    Evidence { quotes }
}

/// The question's words with their weight.
struct Words {
    words: Vec<(String, String, f32)>,
}

impl Words {
    /// Words that stand in most of the found passages tell sentences apart less than rare ones.
    fn of(question: &Analysed, hits: &[Hit]) -> Self {
        let sets: Vec<HashSet<String>> =
            hits.iter().take(20).map(|hit| content_stems(&hit.row.passage.text).into_iter().collect()).collect();
        let words = question
            .content_words
            .iter()
            .zip(&question.stems)
            .map(|(word, stem)| {
                let count = sets.iter().filter(|set| set.contains(stem)).count();
                let weight = ((sets.len() as f32 + 1.0) / (count as f32 + 1.0)).ln() + 0.3;
                (word.clone(), stem.clone(), weight)
            })
            .collect();
        Self { words }
    }

    /// Weighted share of the question's words in a text.
    fn coverage(&self, text: &str) -> f32 {
        let there = TextWords::of([text]);
        let (mut covered, mut total) = (0.0, 0.0);
        for (word, stem, weight) in &self.words {
            let share = if there.has_stem(stem) { 1.0 } else { 0.7 * there.share_of(word) };
            covered += share * weight;
            total += weight;
        }
        if total > 0.0 { covered / total } else { 0.0 }
    }
}

/// How far apart the units' cosines lie; each embedding model has a scale of its own.
#[derive(Debug, Clone, Copy)]
struct Closeness {
    mean: f32,
    spread: f32,
}

impl Closeness {
    fn of(hits: &[Hit]) -> Self {
        let cosines: Vec<f32> = hits.iter().take(PASSAGES).flat_map(|hit| hit.unit_scores.iter().copied()).collect();
        let count = cosines.len().max(1) as f32;
        let mean = cosines.iter().sum::<f32>() / count;
        let variance = cosines.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / count;
        Self { mean, spread: variance.sqrt().max(1e-4) }
    }

    /// A cosine in standard deviations above the mean.
    fn of_cosine(self, cosine: f32) -> f32 {
        (cosine - self.mean) / self.spread
    }
}

/// How units are scored for one question.
struct Scoring<'a> {
    words: &'a Words,
    closeness: Closeness,
    titles: Vec<(&'a str, String)>,
    weights: EvidenceWeights,
}

impl Scoring<'_> {
    /// One score per unit: closeness in meaning, words in common, the reranker's word, and the passage's own rank.
    fn units(&self, hit: &Hit, behind: f32) -> Vec<f32> {
        let passage = &hit.row.passage;
        let heading = passage.heading_path.last().map_or("", String::as_str);
        let weights = self.weights;
        passage
            .units
            .iter()
            .zip(&hit.unit_scores)
            .enumerate()
            .map(|(index, (unit, cosine))| {
                let text = text_of(hit, unit.span);
                let coverage = self.words.coverage(&format!("{heading} {text}"));
                // A line such as "Gör så här:" only introduces.
                let introduces = if text.ends_with(':') { 0.15 } else { 0.0 };
                let elsewhere = if self.points_elsewhere(hit, text) { weights.points_elsewhere } else { 0.0 };
                // The vectors know which unit is about the question, the reranker which one answers it.
                let said = hit.verdict.as_ref().and_then(|verdict| verdict.units.get(index).copied().flatten());
                let said = said.map_or(0.0, probability);
                let own = CLOSENESS * self.closeness.of_cosine(*cosine);
                own + weights.words * coverage + weights.answers * said
                    - weights.behind * behind
                    - introduces
                    - elsewhere
            })
            .collect()
    }

    /// Whether a text names another of the routines found: "Då gäller Rutin när kunden inte öppnar dörren."
    fn points_elsewhere(&self, hit: &Hit, text: &str) -> bool {
        let text = text.to_lowercase();
        self.titles.iter().any(|(document, title)| *document != hit.document.id.as_str() && text.contains(title))
    }
}

/// Titles of the documents found, in lower case, with the document's name; those of one word name a subject more often
/// than a document.
fn titles(hits: &[Hit]) -> Vec<(&str, String)> {
    let mut out: Vec<(&str, String)> =
        hits.iter().map(|hit| (hit.document.id.as_str(), hit.document.title.to_lowercase())).collect();
    out.sort();
    out.dedup();
    out.retain(|(_, title)| title.split_whitespace().nth(1).is_some());
    out
}

fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

fn text_of(hit: &Hit, span: Span) -> &str {
    hit.row.passage.slice(span)
}

/// The stretch of units around the best one that is quoted.
fn widen(hit: &Hit, best: usize, scores: &[f32]) -> (usize, usize) {
    let units = &hit.row.passage.units;
    let kind = units[best].kind;
    let (mut first, mut last) = (best, best);
    match kind {
        UnitKind::Item => {
            let same = |unit: &Unit| unit.kind == UnitKind::Item;
            while first > 0 && same(&units[first - 1]) {
                first -= 1;
            }
            while last + 1 < units.len() && same(&units[last + 1]) {
                last += 1;
            }
            if units[last].span.end - units[first].span.start > WHOLE_LIST {
                // Too long to be quoted whole: the item with its neighbours.
                first = best.saturating_sub(1).max(first);
                last = (best + 1).min(last);
            }
        }
        UnitKind::Row => {
            let joins = |index: usize| units[index].kind == UnitKind::Row && scores[index] >= scores[best] - 0.05;
            while first > 0 && joins(first - 1) {
                first -= 1;
            }
            while last + 1 < units.len() && joins(last + 1) {
                last += 1;
            }
        }
        UnitKind::Sentence => {
            let joins = |index: usize| {
                units[index].kind == UnitKind::Sentence
                    && units[index].block == units[best].block
                    && scores[index] >= scores[best] - NEIGHBOUR
            };
            if best + 1 < units.len() && joins(best + 1) {
                last += 1;
            }
            if first > 0 && joins(first - 1) {
                first -= 1;
            }
            // A sentence that introduces a list is nothing without it.
            if text_of(hit, units[last].span).ends_with(':') {
                while last + 1 < units.len()
                    && units[last + 1].kind != UnitKind::Sentence
                    && units[last + 1].span.end - units[first].span.start <= WHOLE_LIST
                {
                    last += 1;
                }
            }
        }
    }
    (first, last)
}

fn span_of(candidate: &Candidate<'_>) -> Span {
    let units = &candidate.hit.row.passage.units;
    Span { start: units[candidate.first].span.start, end: units[candidate.last].span.end }
}

fn quote(number: usize, candidate: &Candidate<'_>) -> Quote {
    let hit = candidate.hit;
    let passage = &hit.row.passage;
    let span = span_of(candidate);
    let introduction = passage.units[..candidate.first].iter().rev().find(|unit| unit.kind == UnitKind::Sentence);
    let quotes_list = passage.units[candidate.first].kind != UnitKind::Sentence;
    let before = introduction
        .map(|unit| text_of(hit, unit.span))
        .filter(|text| quotes_list && text.ends_with(':'))
        .unwrap_or_default();
    Quote {
        number,
        text: text_of(hit, span).to_owned(),
        before: before.to_owned(),
        document: DocumentReference::of(&hit.document, hit.standing),
        heading_path: passage.heading_path.clone(),
        page: passage.page,
        passage: passage.id.to_string(),
        span,
        url: passage_url(&hit.document, passage.id.as_str(), Some(span)),
        score: candidate.score,
        decisive: text_of(hit, passage.units[candidate.best].span).to_owned(),
    }
}

/// Address of the document page, opened at a passage.
pub(crate) fn passage_url(document: &DocumentHead, passage: &str, span: Option<Span>) -> String {
    let marked = span.map(|span| format!("&fran={}&till={}", span.start, span.end)).unwrap_or_default();
    format!("/dokument/{}?stycke={passage}{marked}#traff", document.id)
}

impl Evidence {
    /// A quote by its number.
    pub fn quote(&self, number: usize) -> Option<&Quote> {
        self.quotes.iter().find(|quote| quote.number == number)
    }
}

impl Quote {
    /// What the model and the checks read: introduction, text, and the heading that says what it is about.
    pub fn source_text(&self) -> String {
        let text = self.text.replace('\n', " ");
        if self.before.is_empty() { text } else { format!("{} {text}", self.before) }
    }
}
