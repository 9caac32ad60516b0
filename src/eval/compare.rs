//! What has changed between two reports?
//!
//! Reports of `eval answers` and of `eval retrieval` are both read: what they have in common is a name, a text and metrics
//! for each question.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::answers::QuestionResult;
use super::measures::{MEASURES, Measure};
use super::paired::{Paired, paired};
use super::retrieval::Asked;
use super::summary::Report;

/// What is read of a report.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredReport {
    /// One by one.
    pub results: Vec<StoredResult>,
}

/// What is read of one question's result.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredResult {
    /// The question.
    pub question: Asked,
    /// Metrics by name.
    pub metrics: BTreeMap<String, f64>,
    /// Milliseconds until the quotes, if there are such.
    #[serde(default)]
    pub quotes_ms: Option<f64>,
}

impl StoredReport {
    /// Reads a report that `--out` wrote.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| {
            anyhow::anyhow!("{} is not a report that this version's --out wrote: {error}", path.display())
        })
    }

    /// What a report that has just been made would be read as.
    pub fn of(report: &Report) -> Self {
        let stored = |result: &QuestionResult| StoredResult {
            question: Asked { id: result.question.id.clone(), question: result.question.question.clone() },
            metrics: result.metrics.clone(),
            quotes_ms: Some(result.quotes_ms as f64),
        };
        Self { results: report.results.iter().map(stored).collect() }
    }

    fn by_id(&self) -> BTreeMap<&str, &StoredResult> {
        self.results.iter().map(|result| (result.question.id.as_str(), result)).collect()
    }
}

/// A metric in both reports.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MetricChange {
    /// In JSON.
    pub name: &'static str,
    /// For people.
    #[serde(skip)]
    pub measure: Measure,
    /// Its values.
    #[serde(flatten)]
    pub paired: Paired,
}

/// A question with other values.
#[derive(Debug, Clone, Serialize)]
pub struct QuestionChange {
    /// The question.
    #[serde(flatten)]
    pub question: Asked,
    /// Metric, value before and after; nothing where it does not apply.
    pub changes: Vec<(&'static str, Option<f64>, Option<f64>)>,
}

/// What has changed from one report to another.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Metrics that both have.
    pub metrics: Vec<MetricChange>,
    /// Questions whose values are others, in the order of the second report.
    pub changed: Vec<QuestionChange>,
    /// Questions that only the first has.
    pub only_first: Vec<String>,
    /// Questions that only the second has.
    pub only_second: Vec<String>,
}

/// Compares two reports.
pub fn compare(first: &StoredReport, second: &StoredReport) -> Comparison {
    let (before, after) = (first.by_id(), second.by_id());
    let only = |these: &BTreeMap<&str, &StoredResult>, others: &BTreeMap<&str, &StoredResult>| -> Vec<String> {
        these.keys().filter(|id| !others.contains_key(*id)).map(|id| (*id).to_owned()).collect()
    };
    let metrics = MEASURES.into_iter().filter_map(|measure| {
        let values = pairs(&before, &after, measure.name);
        (!values.is_empty()).then(|| MetricChange { name: measure.name, measure, paired: paired(&values) })
    });
    let changed = second.results.iter().filter_map(|result| {
        let earlier = before.get(result.question.id.as_str())?;
        let changes = changes(&earlier.metrics, &result.metrics);
        (!changes.is_empty()).then(|| QuestionChange { question: result.question.clone(), changes })
    });
    Comparison {
        metrics: metrics.collect(),
        changed: changed.collect(),
        only_first: only(&before, &after),
        only_second: only(&after, &before),
    }
}

/// Values of the questions that have a metric on both sides.
fn pairs(before: &BTreeMap<&str, &StoredResult>, after: &BTreeMap<&str, &StoredResult>, name: &str) -> Vec<(f64, f64)> {
    let value = |of: &BTreeMap<&str, &StoredResult>, id: &str| of.get(id)?.metrics.get(name).copied();
    let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    ids.into_iter().filter_map(|id| Some((value(before, id)?, value(after, id)?))).collect()
}

fn changes(
    before: &BTreeMap<String, f64>,
    after: &BTreeMap<String, f64>,
) -> Vec<(&'static str, Option<f64>, Option<f64>)> {
    let each = MEASURES.into_iter().map(|measure| {
        let value = |of: &BTreeMap<String, f64>| of.get(measure.name).copied();
        (measure.name, value(before), value(after))
    });
    each.filter(|(_, before, after)| match (before, after) {
        (Some(before), Some(after)) => (before - after).abs() > 1e-4,
        (before, after) => before != after,
    })
    .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A report with one metric; `None` where a question does not have it.
    pub(in crate::eval) fn report(name: &str, values: &[(&str, Option<f64>)]) -> StoredReport {
        let result = |(id, value): &(&str, Option<f64>)| StoredResult {
            question: Asked { id: (*id).to_owned(), question: format!("{id}?") },
            metrics: value.iter().map(|value| (name.to_owned(), *value)).collect(),
            quotes_ms: None,
        };
        StoredReport { results: values.iter().map(result).collect() }
    }

    #[test]
    fn only_questions_of_both_count_and_those_that_changed_are_named() {
        let before = report("ndcg_at_10", &[("a", Some(1.0)), ("b", Some(0.5)), ("c", None), ("gone", Some(0.0))]);
        let after = report("ndcg_at_10", &[("new", Some(0.0)), ("a", Some(1.0)), ("b", Some(1.0)), ("c", Some(0.3))]);
        let comparison = compare(&before, &after);
        let [metric] = comparison.metrics.as_slice() else { panic!("{comparison:?}") };
        assert_eq!((metric.paired.count, metric.paired.risen, metric.paired.fallen), (2, 1, 0));
        let changed: Vec<&str> = comparison.changed.iter().map(|change| change.question.id.as_str()).collect();
        assert_eq!(changed, ["b", "c"]);
        assert_eq!(comparison.changed[1].changes, [("ndcg_at_10", None, Some(0.3))]);
        assert_eq!((comparison.only_first, comparison.only_second), (vec!["gone".to_owned()], vec!["new".to_owned()]));
    }
}
