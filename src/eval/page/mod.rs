//! A report as one page that can be read without the program.
//!
//! Made from a [`Report`] alone, in Swedish, for those who look after the routines. Everything is in the file: no script,
//! no style or picture from elsewhere.

mod plots;
mod question;

use std::collections::BTreeMap;

use askama::Template;

use super::answers::QuestionResult;
use super::calibration::{CurvePoint, answered_against_wrong};
use super::metrics::{interval, percentile};
use super::summary::{Report, judgements};
use plots::{decimal, percent};
use question::QuestionView;

#[derive(Template)]
#[template(path = "report.html", config = "src/eval/page/askama.toml")]
struct Page<'a> {
    setup: Vec<(&'static str, String)>,
    metrics: Vec<MetricRow>,
    expected_error: String,
    reliability: String,
    bins: Vec<[String; 4]>,
    curve: String,
    points: Vec<[String; 3]>,
    latency: String,
    times: Vec<[String; 3]>,
    composed: bool,
    tags: Vec<TagRow>,
    groups: Vec<(&'static str, Vec<QuestionView<'a>>)>,
}

struct MetricRow {
    label: &'static str,
    value: String,
    range: String,
    count: usize,
    plot: String,
}

struct TagRow {
    tag: String,
    count: usize,
    plot: String,
    values: [String; 5],
}

/// What the metrics are called on the page, in their order there.
const LABELS: [(&str, &str); 14] = [
    ("handled_right", "Frågor som hanterades rätt"),
    ("recall_at_5", "Det som behövs finns bland fem avsnitt (recall@5)"),
    ("success_at_5", "Något av det finns bland fem avsnitt"),
    ("ndcg_at_10", "Rangordning (nDCG@10)"),
    ("mrr_at_10", "Första rätta avsnittets plats (MRR@10)"),
    ("right_refusals", "Avböjda av dem som rutinerna inte svarar på"),
    ("wrong_refusals", "Avböjda av dem som rutinerna svarar på (lägre är bättre)"),
    ("refusal_precision", "Avböjda som skulle avböjas"),
    ("quotes_right", "Svar där ett citat håller"),
    ("fact_recall_quotes", "Fakta som citaten säger"),
    ("fact_recall_answer", "Fakta som sammanfattningen säger"),
    ("citations_hold", "Hänvisningar som håller"),
    ("unsupported_sentences", "Modellens meningar som inte visades (lägre är bättre)"),
    ("confidence_error", "Sannolikhetens kvadratfel, Brier (lägre är bättre)"),
];

/// The page of a report.
pub fn page(report: &Report) -> Result<String, askama::Error> {
    let results = &report.results;
    let calibration = &report.summary.calibration;
    let judgements = judgements(results);
    let steps = answered_against_wrong(&judgements, (0..=50).map(|step| f64::from(step) / 50.0));
    let (right, wrong): (Vec<QuestionView<'_>>, Vec<QuestionView<'_>>) =
        results.iter().map(QuestionView::of).partition(|view| view.right);
    let (quotes, full) = times_of(results);
    let composed = !full.is_empty();
    let kinds = if composed {
        vec![("line", quotes.clone()), ("second", full.clone())]
    } else {
        vec![("line", quotes.clone())]
    };
    let time_row = |what: &str, times: &[f64]| {
        [what.to_owned(), format!("{:.0}", percentile(times, 0.5)), format!("{:.0}", percentile(times, 0.95))]
    };
    let mut times = vec![time_row("Citat", &quotes)];
    if composed {
        times.push(time_row("Hela svaret", &full));
    }
    let page = Page {
        setup: setup(report),
        metrics: metrics(results),
        expected_error: decimal(calibration.expected_error, 3),
        reliability: plots::reliability(&calibration.bins),
        bins: calibration
            .bins
            .iter()
            .map(|bin| {
                let range = format!("{}–{}", percent(bin.from), percent(bin.to));
                [range, bin.count.to_string(), percent(bin.confidence), percent(bin.right)]
            })
            .collect(),
        curve: plots::answered_against_wrong(&steps, now(results)),
        points: calibration
            .curve
            .iter()
            .map(|point| [decimal(point.threshold, 2), percent(point.answered), percent(point.wrong)])
            .collect(),
        latency: plots::latency(&kinds),
        times,
        composed,
        tags: tags(results),
        groups: vec![("Blev fel", wrong), ("Blev rätt", right)],
    };
    page.render()
}

fn setup(report: &Report) -> Vec<(&'static str, String)> {
    let setup = &report.setup;
    let none = || "ingen".to_owned();
    // Without seconds and zone.
    let built = setup.index_built.get(..16).unwrap_or(&setup.index_built).replace('T', " ");
    vec![
        ("Frågor", format!("{} ({})", report.results.len(), setup.set)),
        ("Halva", setup.split.clone().unwrap_or_else(|| "båda".to_owned())),
        ("Index", format!("{} dokument, {} avsnitt, byggt {built}", setup.documents, setup.passages)),
        ("Inbäddningsmodell", setup.embedder.clone()),
        ("Omläsare", setup.reranker.clone().unwrap_or_else(none)),
        ("Språkmodell", setup.generator.clone().unwrap_or_else(none)),
        ("Avböjer under", decimal(f64::from(setup.refuse_below), 2)),
    ]
}

fn metrics(results: &[QuestionResult]) -> Vec<MetricRow> {
    let row = |(name, label): (&'static str, &'static str)| {
        let values: Vec<f64> = results.iter().filter_map(|result| result.metrics.get(name).copied()).collect();
        let over = interval(&values);
        (over.count > 0).then(|| MetricRow {
            label,
            value: decimal(over.mean, 3),
            range: format!("{}–{}", decimal(over.low, 3), decimal(over.high, 3)),
            count: over.count,
            plot: plots::row(over.mean, over.low, over.high),
        })
    };
    LABELS.into_iter().filter_map(row).collect()
}

/// How much is answered and how much of it is wrong with the threshold in use.
fn now(results: &[QuestionResult]) -> CurvePoint {
    let answered: Vec<&QuestionResult> = results.iter().filter(|result| !result.refused()).collect();
    let wrong = answered.iter().filter(|result| !result.passages_answer()).count();
    CurvePoint {
        threshold: 0.0,
        answered: answered.len() as f64 / results.len().max(1) as f64,
        wrong: wrong as f64 / answered.len().max(1) as f64,
    }
}

/// Milliseconds until the quotes and until full answers.
fn times_of(results: &[QuestionResult]) -> (Vec<f64>, Vec<f64>) {
    let quotes = results.iter().map(|result| result.quotes_ms as f64).collect();
    let full = results.iter().filter_map(|result| result.full_answer_ms).map(|millis| millis as f64).collect();
    (quotes, full)
}

fn tags(results: &[QuestionResult]) -> Vec<TagRow> {
    let mut by_tag: BTreeMap<&str, Vec<&QuestionResult>> = BTreeMap::new();
    for result in results {
        for tag in &result.question.tags {
            by_tag.entry(tag).or_default().push(result);
        }
    }
    let row = |(tag, results): (&str, Vec<&QuestionResult>)| {
        let over = |name: &str| {
            interval(&results.iter().filter_map(|result| result.metrics.get(name).copied()).collect::<Vec<f64>>())
        };
        let value = |name: &str| {
            let over = over(name);
            if over.count == 0 { "–".to_owned() } else { decimal(over.mean, 2) }
        };
        let right = over("handled_right");
        TagRow {
            tag: tag.to_owned(),
            count: results.len(),
            plot: plots::row(right.mean, right.low, right.high),
            values: ["handled_right", "recall_at_5", "ndcg_at_10", "right_refusals", "wrong_refusals"].map(value),
        }
    };
    by_tag.into_iter().map(row).collect()
}
