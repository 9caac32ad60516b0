//! `rutinlots read-file`: what `index` starts for every file; hidden, because nobody needs to type it.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::ingest::isolated::child;

/// Arguments of `read-file`.
#[derive(Debug, Args)]
pub(super) struct ReadFileArgs {
    /// File to read.
    path: PathBuf,
    /// Bytes of memory that may be used.
    #[arg(long, default_value_t = u64::MAX)]
    memory: u64,
    /// Seconds of processor time that may be used.
    #[arg(long, default_value_t = u64::MAX)]
    seconds: u64,
}

pub(super) fn run(args: &ReadFileArgs) -> anyhow::Result<u8> {
    child::run(&args.path, args.memory, args.seconds).context("the reader process cannot work")?;
    Ok(0)
}
