//! `rutinlots eval`

mod retrieval;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::progress::{Meter, Unit};
use super::{Common, today};
use crate::answer::Assistant;
use crate::eval::{EvalQuestion, Interval, Split, Summary, ablate, evaluate, fit, load, lost_gold};

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Rank a retrieval test set or a question set and measure the rankings as `trec_eval` does.
    Retrieval(retrieval::RetrievalArgs),
    /// Measure retrieval with one part switched off after the other.
    Ablate {
        /// Question set: a JSONL file, or a folder of them.
        #[arg(long, default_value = "eval/lotsby")]
        set: PathBuf,
        /// Which half: dev or test. Decisions belong on dev.
        #[arg(long, default_value = "dev")]
        split: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fit the weights of the legs and the confidence on the development questions and write them to a file.
    Fit {
        /// Question set: a JSONL file, or a folder of them.
        #[arg(long, default_value = "eval/lotsby")]
        set: PathBuf,
        /// File to write.
        #[arg(long, default_value = "eval/fitted.json")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Question set: a JSONL file, or a folder of them.
    #[arg(long, default_value = "eval/lotsby")]
    set: PathBuf,
    /// Only one half: dev or test.
    #[arg(long)]
    split: Option<String>,
    /// Only every n-th question, for a quick look.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Only quotes: no model runs.
    #[arg(long)]
    quotes_only: bool,
    /// Write the full report as JSON: the summary, and each question with its ranking, quotes and answer.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: &EvalArgs) -> anyhow::Result<u8> {
    match &args.action {
        Some(Action::Fit { set, out }) => {
            let retriever = common.open_retriever()?;
            let report = fit(
                retriever.index(),
                &common.open_embedder()?,
                common.open_reranker()?.as_ref(),
                &load(set)?,
                today(),
            )?;
            std::fs::write(out, serde_json::to_string_pretty(&report.fitted)? + "\n")?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(0)
        }
        Some(Action::Retrieval(args)) => retrieval::run(common, args),
        Some(Action::Ablate { set, split, json }) => run_ablation(common, set, split, *json),
        None => measure(common, &args.run),
    }
}

fn load_half(set: &Path, split: Option<&str>) -> anyhow::Result<Vec<EvalQuestion>> {
    let split = match split {
        None => None,
        Some("dev") => Some(Split::Dev),
        Some("test") => Some(Split::Test),
        Some(other) => anyhow::bail!("there is no half named {other}; choose dev or test"),
    };
    let mut questions = load(set)?;
    questions.retain(|question| split.is_none_or(|split| question.split == split));
    Ok(questions)
}

fn run_ablation(common: &Common, set: &Path, split: &str, json: bool) -> anyhow::Result<u8> {
    let questions = load_half(set, Some(split))?;
    let mut meter = Meter::new("ranking", Unit::Items);
    let rows = ablate(&common.open_retriever()?, &questions, today(), |done, total| {
        meter.set(done as u64, Some(total as u64));
    })?;
    meter.finish("done");
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(0);
    }
    println!("{:38} {:>20} {:>20} {:>20}", "", "recall@5", "MRR@10", "nDCG@10");
    for row in rows {
        let cell = |value: &Interval| format!("{:.3} [{:.3}, {:.3}]", value.mean, value.low, value.high);
        let cells = [&row.recall_at_5, &row.mrr_at_10, &row.ndcg_at_10].map(cell);
        println!("{:38} {:>20} {:>20} {:>20}", row.variant, cells[0], cells[1], cells[2]);
    }
    Ok(0)
}

fn measure(common: &Common, args: &RunArgs) -> anyhow::Result<u8> {
    let questions = load_half(&args.set, args.split.as_deref())?;
    let questions: Vec<EvalQuestion> = questions.into_iter().step_by(args.every.max(1)).collect();
    let generator = if args.quotes_only { None } else { common.open_generator()? };
    let assistant = Assistant::new(common.open_retriever()?, generator);
    for lost in lost_gold(&questions, assistant.retriever().index())? {
        eprintln!("warning: {lost}");
    }
    let mut meter = Meter::new("asking", Unit::Items);
    let total = questions.len() as u64;
    let report =
        evaluate(&assistant, &questions, args.quotes_only, today(), |done| meter.set(done as u64, Some(total)))?;
    meter.finish(&format!("{total} questions asked"));
    if let Some(out) = &args.out {
        std::fs::write(out, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report.summary)?);
    } else {
        print(&report.summary);
    }
    Ok(0)
}

/// A metric with its interval, for people.
fn print_line(name: &str, value: &Interval) {
    println!("{name:34} {:.3}  [{:.3}, {:.3}]  n={}", value.mean, value.low, value.high, value.count);
}

fn print(summary: &Summary) {
    let line = print_line;
    line("recall@5", &summary.recall_at_5);
    line("success@5", &summary.success_at_5);
    line("MRR@10", &summary.mrr_at_10);
    line("nDCG@10", &summary.ndcg_at_10);
    line("right refusals", &summary.right_refusals);
    line("wrong refusals", &summary.wrong_refusals);
    println!("refusals below other probabilities (right, wrong):");
    for [threshold, right, wrong] in &summary.refusal_curve {
        println!("{threshold:>12.2} {right:>12.3} {wrong:>8.3}");
    }
    line("a quote holds a gold place", &summary.quotes_right);
    line("fact recall, quotes", &summary.fact_recall_quotes);
    line("fact recall, composed answer", &summary.fact_recall_answer);
    line("citations that hold", &summary.citations_hold);
    println!("{:34} {:.3}", "model's sentences not shown", summary.sentences_rejected);
    println!("{:34} {}", "answers stating something wrong", summary.forbidden);
    let times = |name: &str, [median, high]: [f64; 2]| println!("{name:34} p50 {median:.0} ms, p95 {high:.0} ms");
    times("time to first quote", summary.quotes_ms);
    times("time to first checked sentence", summary.first_sentence_ms);
    times("time to full answer", summary.full_answer_ms);
}
