//! `rutinlots eval`: one file per command below it.

mod answers;
mod compare;
mod gate;
mod indexing;
mod retrieval;
mod tuning;

use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Common;
use crate::eval::{EvalQuestion, Interval, Split, load};

/// Arguments of `eval`. Without a command it is `eval answers`.
#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    answers: answers::AnswersArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Ask every question of a set and measure passages, quotes, answers and refusals; plain `eval` does the same.
    Answers(answers::AnswersArgs),
    /// Rank a retrieval test set or a question set and measure the rankings as `trec_eval` does.
    Retrieval(retrieval::RetrievalArgs),
    /// Compare two reports that `--out` wrote: differences with p values, and the questions that changed.
    Compare(compare::CompareArgs),
    /// Hold a run against a baseline; the exit code is 7 if a metric has fallen by more than its noise.
    Gate(gate::GateArgs),
    /// Index from nothing in a temporary folder and measure how many pages each stage does in a second.
    Indexing(indexing::IndexingArgs),
    /// Measure retrieval with one part switched off after the other.
    Ablate(tuning::AblateArgs),
    /// Fit the weights of the legs and the confidence on the development questions and write them to a file.
    Fit(tuning::FitArgs),
}

pub(super) fn run(common: &Common, args: &EvalArgs) -> anyhow::Result<u8> {
    match &args.action {
        None => answers::run(common, &args.answers),
        Some(Action::Answers(args)) => answers::run(common, args),
        Some(Action::Retrieval(args)) => retrieval::run(common, args),
        Some(Action::Compare(args)) => compare::run(args),
        Some(Action::Gate(args)) => gate::run(common, args),
        Some(Action::Indexing(args)) => indexing::run(common, args),
        Some(Action::Ablate(args)) => tuning::ablate(common, args),
        Some(Action::Fit(args)) => tuning::fit(common, args),
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

/// Writes a file, saying which one if that does not go.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// A metric with its interval, for people.
fn print_line(name: &str, value: &Interval) {
    println!("{name:34} {:.3}  [{:.3}, {:.3}]  n={}", value.mean, value.low, value.high, value.count);
}
