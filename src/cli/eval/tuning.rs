//! `rutinlots eval ablate` and `rutinlots eval fit`

use std::path::PathBuf;

use clap::Args;

use super::{load_half, write};
use crate::cli::progress::{Meter, Unit};
use crate::cli::{Common, today};
use crate::eval::{self, Interval, load};
use crate::index::Index;

/// Arguments of `eval ablate`.
#[derive(Debug, Args)]
pub(super) struct AblateArgs {
    /// Question set: a JSONL file, or a folder of them.
    #[arg(long, default_value = "eval/lotsby")]
    set: PathBuf,
    /// Which half: dev or test. Decisions belong on dev.
    #[arg(long, default_value = "dev")]
    split: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `eval fit`.
#[derive(Debug, Args)]
pub(super) struct FitArgs {
    /// Question set: a JSONL file, or a folder of them.
    #[arg(long, default_value = "eval/lotsby")]
    set: PathBuf,
    /// File to write.
    #[arg(long, default_value = "eval/fitted.json")]
    out: PathBuf,
}

pub(super) fn ablate(common: &Common, args: &AblateArgs) -> anyhow::Result<u8> {
    let questions = load_half(&args.set, Some(&args.split))?;
    let mut meter = Meter::new("ranking", Unit::Items);
    let reopen = || Ok(Index::open(&common.data)?);
    let rows = eval::ablate(&common.open_retriever()?, &questions, today(), reopen, |done, total| {
        meter.set(done as u64, Some(total as u64));
    })?;
    meter.finish("done");
    if args.json {
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

pub(super) fn fit(common: &Common, args: &FitArgs) -> anyhow::Result<u8> {
    let retriever = common.open_retriever()?;
    let (embedder, reranker) = (common.open_embedder()?, common.open_reranker()?);
    let report = eval::fit(retriever.index(), &embedder, reranker.as_ref(), &load(&args.set)?, today())?;
    write(&args.out, &(serde_json::to_string_pretty(&report.fitted)? + "\n"))?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(0)
}
