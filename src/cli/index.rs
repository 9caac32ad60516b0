//! `rutinlots index`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::progress::{Meter, Unit};
use super::{Common, exit};
use crate::index::build::{Progress, Report, build};
use crate::inference::EMBEDDING_DIMENSIONS;
use crate::inference::worker::EmbedderHandle;
use crate::ingest::{FileReader, supported_kinds};

/// Arguments of `index`.
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    #[arg(long, required = true, value_name = "DIR", help = source_help())]
    source: Vec<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Help for `--source`; which kinds are read is said in one place only.
fn source_help() -> String {
    format!(
        "Folder (or file) with routines: {}. Can be given several times. A file `.rutinlotsignore` in it, written \
         like a `.gitignore`, leaves things out",
        supported_kinds()
    )
}

pub(super) fn run(common: &Common, args: &IndexArgs) -> anyhow::Result<u8> {
    for source in &args.source {
        anyhow::ensure!(source.exists(), "{} does not exist", source.display());
    }
    let report = build_with_progress(&args.source, &common.data, &common.open_embedder()?)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    }
    Ok(if report.problems.is_empty() { 0 } else { exit::LEFT_OUT })
}

/// Builds an index and tells on standard error how it goes.
pub(super) fn build_with_progress(
    sources: &[PathBuf],
    data: &Path,
    embedder: &EmbedderHandle,
) -> anyhow::Result<Report> {
    let mut reading = Meter::new("reading", Unit::Items);
    let mut embedding = Meter::new("embedding", Unit::Items);
    let reader =
        FileReader::of_this_program().context("the program cannot find its own file to read documents with")?;
    let report = build(sources, data, &reader, embedder, EMBEDDING_DIMENSIONS, &mut |progress| match progress {
        Progress::Reading { done, total, .. } => reading.set(done as u64, Some(total as u64)),
        Progress::Embedding { done, total } => {
            embedding.set(done as u64, Some(total as u64));
        }
        Progress::Writing => {}
    })?;
    let summary = if report.changed {
        format!(
            "indexed {} documents ({} read), {} passages, {} texts embedded in {:.1} s",
            report.documents,
            report.documents_read,
            report.passages,
            report.texts_embedded,
            (report.reading + report.embedding + report.writing).as_secs_f32()
        )
    } else {
        format!("nothing has changed: {} documents, {} passages", report.documents, report.passages)
    };
    reading.finish(&summary);
    for problem in &report.problems {
        eprintln!("left out {}: {}", problem.place, problem.reason);
    }
    for (place, doubt) in &report.doubts {
        eprintln!("doubtful {place}: {doubt}");
    }
    Ok(report)
}
