//! `rutinlots eval answers`, which plain `rutinlots eval` is too

use std::path::PathBuf;

use clap::Args;

use super::{load_half, print_line, write};
use crate::answer::Assistant;
use crate::cli::progress::{Meter, Unit};
use crate::cli::{Common, today};
use crate::eval::{
    AnswersSetup, EvalQuestion, Journal, QuestionResult, Report, Summary, ask, lost_gold, page, summarise,
};

/// Arguments of `eval answers`.
#[derive(Debug, Args)]
pub(super) struct AnswersArgs {
    /// Question set: a JSONL file, or a folder of them.
    #[arg(long, default_value = "eval/lotsby", value_name = "FILE")]
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
    /// Write the full report as JSON: the summary, and each question with its metrics, passages, quotes and answer.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Go on where a run with the same --out was interrupted; its results so far lie beside that file.
    #[arg(long, requires = "out")]
    resume: bool,
    /// Write the report as a page, with plots and every question's passages, scores and answer.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

impl AnswersArgs {
    /// Whether JSON is to be printed.
    pub(super) fn json(&self) -> bool {
        self.json
    }
}

pub(super) fn run(common: &Common, args: &AnswersArgs) -> anyhow::Result<u8> {
    let report = measure(common, args)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report.summary)?);
    } else {
        print(&report.summary);
    }
    Ok(0)
}

/// Asks the questions and writes the files that were asked for.
pub(super) fn measure(common: &Common, args: &AnswersArgs) -> anyhow::Result<Report> {
    let questions = load_half(&args.set, args.split.as_deref())?;
    let questions: Vec<EvalQuestion> = questions.into_iter().step_by(args.every.max(1)).collect();
    let generator = if args.quotes_only { None } else { common.open_generator()? };
    let assistant = Assistant::new(common.open_retriever()?, generator);
    for lost in lost_gold(&questions, assistant.retriever().index())? {
        eprintln!("warning: {lost}");
    }
    let setup = setup(common, args, &assistant);
    let (mut journal, done) = match &args.out {
        Some(out) => Journal::open(out, &setup, args.resume).map(|(journal, done)| (Some(journal), done))?,
        None => (None, Vec::new()),
    };
    if !done.is_empty() {
        eprintln!("{} questions have been asked before", done.len());
    }
    let mut meter = Meter::new("asking", Unit::Items);
    let mut results: Vec<QuestionResult> = Vec::with_capacity(questions.len());
    for question in &questions {
        let before = done.iter().find(|result| result.question == *question);
        let result = if let Some(result) = before {
            result.clone()
        } else {
            let result = ask(&assistant, question, args.quotes_only, today())?;
            journal.as_mut().map_or(Ok(()), |journal| journal.keep(&result))?;
            result
        };
        results.push(result);
        meter.set(results.len() as u64, Some(questions.len() as u64));
    }
    meter.finish(&format!("{} questions asked", results.len()));
    let report = Report { setup, summary: summarise(&results), results };
    if let Some(out) = &args.out {
        write(out, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if let Some(html) = &args.html {
        write(html, &page(&report)?)?;
    }
    journal.map_or(Ok(()), Journal::finish)?;
    Ok(report)
}

fn setup(common: &Common, args: &AnswersArgs, assistant: &Assistant) -> AnswersSetup {
    let retriever = assistant.retriever();
    let index = retriever.index();
    let reranker = Some(common.reranker.clone()).filter(|name| name != "none");
    AnswersSetup {
        set: args.set.display().to_string(),
        split: args.split.clone(),
        every: args.every.max(1),
        quotes_only: args.quotes_only,
        embedder: common.embedder.clone(),
        refuse_below: retriever.fitted().refusing(reranker.is_some()).threshold,
        reranker,
        generator: assistant.generator().map(|_| common.generator.clone()),
        documents: index.documents().len(),
        passages: index.passage_count(),
        index_built: index.settings().built.clone(),
    }
}

fn print(summary: &Summary) {
    let line = print_line;
    line("recall@5", &summary.recall_at_5);
    line("success@5", &summary.success_at_5);
    line("MRR@10", &summary.mrr_at_10);
    line("nDCG@10", &summary.ndcg_at_10);
    line("right refusals", &summary.right_refusals);
    line("wrong refusals", &summary.wrong_refusals);
    line("precision of refusals", &summary.refusal_precision);
    println!("refusals below other probabilities (right, wrong):");
    for [threshold, right, wrong] in &summary.refusal_curve {
        println!("{threshold:>12.2} {right:>12.3} {wrong:>8.3}");
    }
    let calibration = &summary.calibration;
    println!("{:34} {:.3}", "expected calibration error", calibration.expected_error);
    println!("confidence against how often a gold place is among five passages (questions, confidence, right):");
    for bin in &calibration.bins {
        println!("{:>6.1}-{:.1} {:>6} {:>8.3} {:>8.3}", bin.from, bin.to, bin.count, bin.confidence, bin.right);
    }
    println!("share answered above a probability, and share of those without a gold place among five passages:");
    for point in calibration.curve.iter().filter(|point| point.threshold >= 0.4) {
        println!("{:>12.2} {:>12.3} {:>8.3}", point.threshold, point.answered, point.wrong);
    }
    line("answered or refused rightly", &summary.handled_right);
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
