//! `rutinlots eval compare`

use std::path::PathBuf;

use clap::Args;

use crate::eval::{Comparison, QuestionChange, StoredReport, compare, measure};

/// Arguments of `eval compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Report of the first run.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// Report of the second run.
    #[arg(value_name = "B")]
    second: PathBuf,
    /// Name only questions that changed in this metric, for instance `ndcg_at_10`.
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<u8> {
    if let Some(name) = &args.metric {
        anyhow::ensure!(measure(name).is_some(), "there is no metric named {name}; the reports' JSON names them");
    }
    let (first, second) = (StoredReport::read(&args.first)?, StoredReport::read(&args.second)?);
    let mut comparison = compare(&first, &second);
    anyhow::ensure!(!comparison.metrics.is_empty(), "the reports have no question with a metric in common");
    if let Some(name) = &args.metric {
        let concerned = |change: &QuestionChange| change.changes.iter().any(|(metric, _, _)| metric == name);
        comparison.changed.retain(concerned);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&comparison)?);
    } else {
        print(&comparison);
    }
    Ok(0)
}

fn print(comparison: &Comparison) {
    println!("{:30} {:>7} {:>7} {:>8} {:>18} {:>7}  up/down of n", "", "A", "B", "B-A", "95 %", "p");
    for change in &comparison.metrics {
        let paired = &change.paired;
        println!(
            "{:30} {:>7.3} {:>7.3} {:>+8.3} {:>18} {:>7.3}  {}/{} of {}",
            change.measure.label,
            paired.first,
            paired.second,
            paired.difference,
            format!("[{:+.3}, {:+.3}]", paired.low, paired.high),
            paired.p_value,
            paired.risen,
            paired.fallen,
            paired.count
        );
    }
    for (name, ids) in [("only in A", &comparison.only_first), ("only in B", &comparison.only_second)] {
        if !ids.is_empty() {
            println!("{name}: {} questions, {} first", ids.len(), ids[0]);
        }
    }
    println!("{} questions changed", comparison.changed.len());
    for QuestionChange { question, changes } in &comparison.changed {
        println!("{}  {}", question.id, question.question);
        let value = |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        for (name, before, after) in changes {
            println!("    {name:24} {:>6} -> {}", value(before), value(after));
        }
    }
}
