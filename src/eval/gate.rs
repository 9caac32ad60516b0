//! Has anything got worse by more than its noise?
//!
//! A baseline keeps every question's metrics, so that a new run is held against it question by question: a metric fails if
//! it is worse and the randomisation test of [`super::paired`] says that chance alone would seldom do that. Questions that
//! the baseline does not have count for nothing.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::compare::{MetricChange, StoredReport, StoredResult, compare};
use super::measures::{Better, MEASURES};
use super::metrics::percentile;
use super::retrieval::Asked;

/// A fall that chance makes this seldom is a fall.
const SELDOM: f64 = 0.05;
/// Milliseconds until the quotes at p95 that a new baseline allows, which is what the product promises.
const QUOTES_P95_MS: f64 = 1000.0;

/// What a run is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Metrics of each question by name.
    pub questions: BTreeMap<String, BTreeMap<String, f64>>,
    /// Milliseconds until the quotes that 95 % of the questions must stay below; nothing where that was not measured.
    pub quotes_p95_ms: Option<f64>,
}

/// What became of one metric.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GateRow {
    /// The metric, the baseline's values first.
    #[serde(flatten)]
    pub change: MetricChange,
    /// Whether it is worse by more than its noise.
    pub worse: bool,
}

/// What became of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Metric by metric.
    pub rows: Vec<GateRow>,
    /// Time until the quotes at p95 in milliseconds and its ceiling, where both are known.
    pub quotes_p95_ms: Option<(f64, f64)>,
    /// Metrics that the baseline has and the run does not.
    pub not_measured: Vec<&'static str>,
    /// Questions of the baseline that were not asked.
    pub not_asked: usize,
    /// Questions that were held against it.
    pub held: usize,
}

impl Verdict {
    /// Whether the run passes. One that leaves out metrics or half of the questions has shown nothing.
    pub fn passes(&self) -> bool {
        let fast = self.quotes_p95_ms.is_none_or(|(measured, ceiling)| measured <= ceiling);
        fast && self.not_measured.is_empty() && self.held > self.not_asked && !self.rows.iter().any(|row| row.worse)
    }
}

impl Baseline {
    /// The baseline that a report makes.
    pub fn of(report: &StoredReport) -> Self {
        let rounded = |metrics: &BTreeMap<String, f64>| {
            metrics.iter().map(|(name, value)| (name.clone(), (value * 1e4).round() / 1e4)).collect()
        };
        let questions =
            report.results.iter().map(|result| (result.question.id.clone(), rounded(&result.metrics))).collect();
        let timed = report.results.iter().any(|result| result.quotes_ms.is_some());
        Self { questions, quotes_p95_ms: timed.then_some(QUOTES_P95_MS) }
    }

    /// Reads a baseline.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            anyhow::anyhow!("{} cannot be read: {error}; `rutinlots eval gate --write` makes it", path.display())
        })?;
        serde_json::from_str(&text).map_err(|error| anyhow::anyhow!("{} is not a baseline: {error}", path.display()))
    }

    /// Writes it, a question on each line so that changes can be read.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let ceiling = serde_json::to_string(&self.quotes_p95_ms)?;
        let mut lines = Vec::new();
        for (id, metrics) in &self.questions {
            lines.push(format!("    {}: {}", serde_json::to_string(id)?, serde_json::to_string(metrics)?));
        }
        let questions = lines.join(",\n");
        let text = format!("{{\n  \"quotes_p95_ms\": {ceiling},\n  \"questions\": {{\n{questions}\n  }}\n}}\n");
        std::fs::write(path, text).map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", path.display()))
    }

    /// Holds a run against it.
    pub fn judge(&self, report: &StoredReport) -> Verdict {
        let stored = |(id, metrics): (&String, &BTreeMap<String, f64>)| StoredResult {
            question: Asked { id: id.clone(), question: String::new() },
            metrics: metrics.clone(),
            quotes_ms: None,
        };
        let comparison = compare(&StoredReport { results: self.questions.iter().map(stored).collect() }, report);
        let worse = |change: &MetricChange| {
            let fell = match change.measure.better {
                Better::Higher => change.paired.difference < 0.0,
                Better::Lower => change.paired.difference > 0.0,
            };
            fell && change.paired.p_value < SELDOM
        };
        let has = |name: &str| comparison.metrics.iter().any(|change| change.name == name);
        let known = |name: &str| self.questions.values().any(|metrics| metrics.contains_key(name));
        let names = MEASURES.into_iter().map(|measure| measure.name);
        let times: Vec<f64> = report.results.iter().filter_map(|result| result.quotes_ms).collect();
        Verdict {
            not_measured: names.filter(|name| known(name) && !has(name)).collect(),
            rows: comparison.metrics.iter().map(|change| GateRow { worse: worse(change), change: *change }).collect(),
            quotes_p95_ms: self
                .quotes_p95_ms
                .filter(|_| !times.is_empty())
                .map(|most| (percentile(&times, 0.95), most)),
            not_asked: comparison.only_first.len(),
            held: self.questions.len() - comparison.only_first.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare::tests::report;
    use super::*;

    fn values(name: &str, value: impl Fn(usize) -> f64) -> StoredReport {
        let ids: Vec<String> = (0..60).map(|at| format!("q{at:02}")).collect();
        let values: Vec<(&str, Option<f64>)> =
            ids.iter().enumerate().map(|(at, id)| (id.as_str(), Some(value(at)))).collect();
        report(name, &values)
    }

    #[test]
    fn a_fall_fails_and_noise_a_rise_and_the_same_pass() {
        let baseline = Baseline::of(&values("ndcg_at_10", |_| 0.5));
        let passes = |value: &dyn Fn(usize) -> f64| baseline.judge(&values("ndcg_at_10", value)).passes();
        assert!(passes(&|_| 0.5));
        assert!(passes(&|at| if at % 2 == 0 { 0.7 } else { 0.28 }));
        assert!(passes(&|at| if at == 7 { 0.0 } else { 0.5 }), "one question is noise");
        assert!(passes(&|_| 0.9));
        assert!(!passes(&|at| if at % 4 == 0 { 0.0 } else { 0.5 }));
        // Where less is better a rise is the fall.
        let baseline = Baseline::of(&values("wrong_refusals", |_| 0.0));
        assert!(!baseline.judge(&values("wrong_refusals", |at| f64::from(u8::from(at % 4 == 0)))).passes());
    }

    #[test]
    fn what_was_not_measured_does_not_pass() {
        let baseline = Baseline::of(&values("ndcg_at_10", |_| 0.5));
        assert!(!baseline.judge(&values("map", |_| 1.0)).passes());
        let few = StoredReport { results: values("ndcg_at_10", |_| 0.5).results.split_off(50) };
        assert!(!baseline.judge(&few).passes());
    }

    #[test]
    fn a_slow_run_fails_and_a_baseline_survives_its_file() -> anyhow::Result<()> {
        let mut run = values("ndcg_at_10", |at| at as f64 / 7.0);
        for result in &mut run.results {
            result.quotes_ms = Some(400.0);
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("baseline.json");
        Baseline::of(&run).write(&path)?;
        let baseline = Baseline::read(&path)?;
        assert_eq!(baseline, Baseline::of(&run));
        assert!(baseline.judge(&run).passes());
        for result in &mut run.results {
            result.quotes_ms = Some(1400.0);
        }
        assert!(!baseline.judge(&run).passes());
        Ok(())
    }
}
