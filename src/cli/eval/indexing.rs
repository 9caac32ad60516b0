//! `rutinlots eval indexing`

use clap::Args;

use crate::cli::Common;
use crate::cli::index::{SourceArgs, build_options, build_with_progress};
use crate::index::build::{Report, Stage};

/// Arguments of `eval indexing`.
#[derive(Debug, Args)]
pub(super) struct IndexingArgs {
    /// Folder, `.zip` or address of a website to index. Can be given several times.
    #[arg(long, default_value = "corpus/dokument", value_name = "SOURCE")]
    source: Vec<String>,
    /// How many times; of each stage the run in the middle counts.
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=100))]
    runs: u16,
    #[command(flatten)]
    more: SourceArgs,
    /// Print the measurement as JSON.
    #[arg(long)]
    json: bool,
}

/// Builds an index from nothing in a temporary folder, so that no stage can take anything over from the one in `--data`.
pub(super) fn run(common: &Common, args: &IndexingArgs) -> anyhow::Result<u8> {
    let embedder = common.open_embedder()?;
    let options = build_options()?;
    let mut runs: Vec<[Stage; 4]> = Vec::new();
    let mut last = Report::default();
    for _ in 0..args.runs {
        let temporary = tempfile::tempdir()?;
        let sources = args.more.sources(&args.source, temporary.path())?;
        last = build_with_progress(&sources, temporary.path(), &embedder, &options)?;
        runs.push(last.stages());
    }
    let middle = |stage: usize| {
        let mut measured: Vec<Stage> = runs.iter().filter_map(|run| run.get(stage).copied()).collect();
        measured.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
        measured.get(measured.len() / 2).copied()
    };
    let stages: Vec<Stage> = (0..4).filter_map(middle).collect();
    if args.json {
        let measured = serde_json::json!({
            "documents": last.documents, "pages": last.pages, "passages": last.passages, "texts": last.texts,
            "characters_embedded": last.characters_embedded, "left_out": last.problems.len(), "runs": args.runs,
            "embedder": common.embedder, "stages": stages,
        });
        println!("{}", serde_json::to_string_pretty(&measured)?);
        return Ok(0);
    }
    println!(
        "{} documents, {} pages, {} passages, {} texts, embedder {}",
        last.documents, last.pages, last.passages, last.texts, common.embedder
    );
    println!("{:10} {:>9} {:>9}", "stage", "seconds", "pages/s");
    for stage in stages {
        println!("{:10} {:>9.2} {:>9.1}", stage.name, stage.seconds, stage.pages_per_second);
    }
    Ok(0)
}
