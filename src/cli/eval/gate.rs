//! `rutinlots eval gate`

use std::path::PathBuf;

use clap::Args;

use super::answers::{AnswersArgs, measure};
use crate::cli::{Common, exit};
use crate::eval::{Baseline, StoredReport, Verdict};

/// Arguments of `eval gate`.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// The baseline: every question's metrics, as --write made it.
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// Take this report of `eval answers` or `eval retrieval` instead of asking the questions now.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Make the baseline from the run instead of holding the run against it.
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    run: AnswersArgs,
}

pub(super) fn run(common: &Common, args: &GateArgs) -> anyhow::Result<u8> {
    // Before minutes of asking.
    let baseline = if args.write { None } else { Some(Baseline::read(&args.baseline)?) };
    let report = match &args.report {
        Some(path) => StoredReport::read(path)?,
        None => StoredReport::of(&measure(common, &args.run)?),
    };
    let Some(baseline) = baseline else {
        let baseline = Baseline::of(&report);
        baseline.write(&args.baseline)?;
        eprintln!("wrote {} with {} questions", args.baseline.display(), baseline.questions.len());
        return Ok(0);
    };
    let verdict = baseline.judge(&report);
    if args.run.json() {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        print(&verdict);
    }
    Ok(if verdict.passes() { 0 } else { exit::WORSE })
}

fn print(verdict: &Verdict) {
    println!("{:30} {:>8} {:>7} {:>8} {:>7}", "", "baseline", "now", "change", "p");
    for row in &verdict.rows {
        let paired = &row.change.paired;
        println!(
            "{:30} {:>8.3} {:>7.3} {:>+8.3} {:>7.3}  {}",
            row.change.measure.label,
            paired.first,
            paired.second,
            paired.difference,
            paired.p_value,
            if row.worse { "WORSE" } else { "ok" }
        );
    }
    if let Some((measured, ceiling)) = verdict.quotes_p95_ms {
        let word = if measured <= ceiling { "ok" } else { "SLOW" };
        println!("{:30} {ceiling:>8.0} {measured:>7.0}  ms  {word}", "quotes at p95, at most");
    }
    for name in &verdict.not_measured {
        println!("{name} is in the baseline and was not measured");
    }
    if verdict.not_asked > 0 {
        println!("{} questions of the baseline were not asked, {} were", verdict.not_asked, verdict.held);
    }
}
