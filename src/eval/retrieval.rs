//! How well are passages ranked, apart from what answers make of them?
//!
//! Ranks the queries of a retrieval test set over an index of its corpus, or the answerable questions of a question set
//! over any index, where every passage that holds a gold place matters. Metrics are those of `trec_eval`; run and
//! judgements can be written for it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::beir::{BeirSet, Judged};
use super::dataset::{EvalQuestion, needs_met};
use super::metrics::{Interval, interval, rank_metrics};
use super::trec::{trec_metrics, write_qrels, write_run};
use crate::index::{Index, IndexError};
use crate::ingest::fold_whitespace;
use crate::retrieve::{Hit, LONGEST_QUESTION, Question, QuestionError, Retriever, SearchOptions};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Name within the set.
    pub id: String,
    /// The text.
    pub question: String,
}

/// What came of one query.
#[derive(Debug, Clone, Serialize)]
pub struct RetrievalResult {
    /// The query.
    pub question: Asked,
    /// Metrics by name; empty for a query that nothing is judged for.
    pub metrics: BTreeMap<String, f64>,
    /// What matters for it.
    pub judged: Judged,
    /// Names and scores, best first: entries of a test set, else passages.
    pub ranking: Vec<(String, f64)>,
}

/// What was measured, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetrievalSetup {
    /// The set as it was given.
    pub set: String,
    /// Its part, where one was chosen.
    pub split: Option<String>,
    /// Entries or passages that were searched.
    pub passages: usize,
    /// How many of them were ranked for each query.
    pub depth: usize,
    /// Whether entries had their titles.
    pub titles: bool,
    /// Embedding model.
    pub embedder: String,
    /// Reranker, if one read the best passages.
    pub reranker: Option<String>,
}

/// Results and their summary.
#[derive(Debug, Clone, Serialize)]
pub struct RetrievalReport {
    /// What was measured.
    pub setup: RetrievalSetup,
    /// Mean and interval of each metric over the queries that something is judged for.
    pub summary: BTreeMap<String, Interval>,
    /// One by one.
    pub results: Vec<RetrievalResult>,
}

impl RetrievalReport {
    /// Sums up results.
    pub fn of(setup: RetrievalSetup, results: Vec<RetrievalResult>) -> Self {
        let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (name, value) in results.iter().flat_map(|result| &result.metrics) {
            values.entry(name.clone()).or_default().push(*value);
        }
        let summary = values.into_iter().map(|(name, values)| (name, interval(&values))).collect();
        Self { setup, summary, results }
    }

    /// Writes all rankings as a TREC run.
    pub fn write_run(&self, out: &mut impl Write) -> io::Result<()> {
        self.results.iter().try_for_each(|result| write_run(out, &result.question.id, &result.ranking, "rutinlots"))
    }

    /// Writes what matters as TREC judgements.
    pub fn write_qrels(&self, out: &mut impl Write) -> io::Result<()> {
        self.results.iter().try_for_each(|result| write_qrels(out, &result.question.id, &result.judged))
    }
}

/// Ranks the queries of a test set over an index of its entries; `on_done` hears how many are done.
pub fn rank_entries(
    retriever: &Retriever,
    set: &BeirSet,
    options: SearchOptions,
    mut on_done: impl FnMut(usize),
) -> anyhow::Result<Vec<RetrievalResult>> {
    let mut results = Vec::with_capacity(set.queries.len());
    for (id, text) in &set.queries {
        let hits = retriever.search(question(id, text)?, options)?.hits;
        let ranking = named(&hits, |hit| hit.document.id.as_str());
        let judged = set.judged.get(id).cloned().unwrap_or_default();
        results.push(RetrievalResult {
            metrics: if judged.is_empty() { BTreeMap::new() } else { measured(&ranking, &judged) },
            question: Asked { id: id.clone(), question: text.clone() },
            judged,
            ranking,
        });
        on_done(results.len());
    }
    Ok(results)
}

/// Ranks the answerable questions of a question set over an index; `on_done` hears how many are done. Besides the
/// metrics over passages there are those over what each question needs ([`rank_metrics`]), where one passage of several
/// that say the same is enough.
pub fn rank_passages(
    retriever: &Retriever,
    questions: &[EvalQuestion],
    options: SearchOptions,
    mut on_done: impl FnMut(usize),
) -> anyhow::Result<Vec<RetrievalResult>> {
    let questions: Vec<&EvalQuestion> = questions.iter().filter(|question| question.answerable).collect();
    let mut results = Vec::with_capacity(questions.len());
    for (asked, judged) in questions.iter().zip(passages_that_matter(retriever.index(), &questions)?) {
        let hits = retriever.search(question(&asked.id, &asked.question)?, options)?.hits;
        let ranking = named(&hits, |hit| hit.row.passage.id.as_str());
        let needs = rank_metrics(&needs_met(asked, &hits), asked.needs());
        let mut metrics = measured(&ranking, &judged);
        metrics.insert("needs_recall_at_5".to_owned(), needs.recall_at_5);
        metrics.insert("needs_ndcg_at_10".to_owned(), needs.ndcg_at_10);
        let question = Asked { id: asked.id.clone(), question: asked.question.clone() };
        results.push(RetrievalResult { question, metrics, judged, ranking });
        on_done(results.len());
    }
    Ok(results)
}

/// A query as a question; one that is longer than anybody may ask is cut.
fn question(id: &str, text: &str) -> anyhow::Result<Question> {
    match Question::parse(text) {
        Err(QuestionError::TooLong) => {
            tracing::warn!(id, "the query is longer than a question may be; its beginning is asked");
            Ok(Question::parse(&fold_whitespace(text).chars().take(LONGEST_QUESTION).collect::<String>())?)
        }
        Err(QuestionError::Empty) => anyhow::bail!("the query {id} is empty"),
        Ok(question) => Ok(question),
    }
}

fn named(hits: &[Hit], name: impl Fn(&Hit) -> &str) -> Vec<(String, f64)> {
    hits.iter().map(|hit| (name(hit).to_owned(), f64::from(hit.score))).collect()
}

fn measured(ranking: &[(String, f64)], judged: &Judged) -> BTreeMap<String, f64> {
    trec_metrics(&ranking.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), judged)
}

/// The passages that hold a gold place of each question.
fn passages_that_matter(index: &Index, questions: &[&EvalQuestion]) -> Result<Vec<Judged>, IndexError> {
    let mut out = vec![Judged::new(); questions.len()];
    for head in index.documents() {
        let rows = index.passages_of(head.number)?;
        for (question, judged) in questions.iter().zip(&mut out) {
            for row in rows.iter().filter(|row| !question.needs_met(head.id.as_str(), row).is_empty()) {
                judged.insert(row.passage.id.to_string(), 1);
            }
        }
    }
    Ok(out)
}
