//! `rutinlots eval retrieval`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{load_half, print_line, write};
use crate::cli::progress::{Meter, Unit};
use crate::cli::{Common, today};
use crate::eval::{
    BeirSet, ENTRIES_SOURCE, RetrievalReport, RetrievalSetup, TREC_METRICS, is_beir, lost_gold, rank_entries,
    rank_passages,
};
use crate::index::Index;
use crate::index::build::{Progress, build_entries};
use crate::inference::worker::EmbedderHandle;
use crate::retrieve::{Retriever, SearchOptions};

/// Arguments of `eval retrieval`.
#[derive(Debug, Args)]
pub(super) struct RetrievalArgs {
    /// Retrieval test set in the layout of BEIR (a folder with corpus.jsonl, queries.jsonl and qrels/*.tsv), whose corpus
    /// is indexed first; or a question set, whose answerable questions are ranked over the index in --data.
    #[arg(long, default_value = "eval/lotsby", value_name = "DIR")]
    set: PathBuf,
    /// Part of the set: the name of a file in qrels, or dev or test of a question set.
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Folder for the index of a retrieval test set; it is kept there and used again while the corpus is the same. Without
    /// this it is made in a temporary folder.
    #[arg(long, value_name = "DIR")]
    index: Option<PathBuf>,
    /// Leave out the titles of a retrieval test set's entries.
    #[arg(long)]
    no_titles: bool,
    /// Leave out the reranker.
    #[arg(long)]
    no_rerank: bool,
    /// How many entries or passages are ranked for each query.
    #[arg(long, default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    depth: u16,
    /// Write the rankings as a TREC run.
    #[arg(long, value_name = "FILE")]
    run_out: Option<PathBuf>,
    /// Write what matters for each query as TREC judgements.
    #[arg(long, value_name = "FILE")]
    qrels_out: Option<PathBuf>,
    /// Write the full report as JSON: the summary, and each query with its metrics, judgements and ranking.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print setup and summary as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: &RetrievalArgs) -> anyhow::Result<u8> {
    let report = if is_beir(&args.set) { measure_set(common, args)? } else { measure_index(common, args)? };
    if let Some(path) = &args.run_out {
        write_lines(path, |file| report.write_run(file))?;
    }
    if let Some(path) = &args.qrels_out {
        write_lines(path, |file| report.write_qrels(file))?;
    }
    if let Some(path) = &args.out {
        write(path, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if args.json {
        let printed = serde_json::json!({ "setup": report.setup, "summary": report.summary });
        println!("{}", serde_json::to_string_pretty(&printed)?);
    } else {
        print(&report);
    }
    Ok(0)
}

fn measure_set(common: &Common, args: &RetrievalArgs) -> anyhow::Result<RetrievalReport> {
    let mut set = BeirSet::load(&args.set, args.split.as_deref())?;
    if args.no_titles {
        set = set.without_titles();
    }
    if !set.missing.is_empty() {
        eprintln!("warning: {} judged entries are not in the corpus, {} first", set.missing.len(), set.missing[0]);
    }
    let temporary = tempfile::tempdir()?;
    let folder = args.index.as_deref().unwrap_or(temporary.path());
    let embedder = common.open_embedder()?;
    index_entries(&set, folder, &embedder)?;
    let retriever = common.retriever_over(Index::open(folder)?, embedder)?;
    // Entries have no validity, so that all stand.
    let options = options(args, true);
    let mut meter = Meter::new("ranking", Unit::Items);
    let total = set.queries.len() as u64;
    let results = rank_entries(&retriever, &set, options, |done| meter.set(done as u64, Some(total)))?;
    meter.finish(&format!("{total} queries ranked over {} entries", set.entries.len()));
    Ok(RetrievalReport::of(setup(common, args, &retriever), results))
}

/// Indexes the corpus unless that has been done, and never over an index of something else.
fn index_entries(set: &BeirSet, folder: &Path, embedder: &EmbedderHandle) -> anyhow::Result<()> {
    if let Ok(index) = Index::open(folder) {
        let ours = index.settings().sources.iter().any(|source| source.starts_with(ENTRIES_SOURCE));
        anyhow::ensure!(
            ours,
            "{} holds an index of routines; choose another folder for the index of the test set",
            folder.display()
        );
    }
    let mut meter = Meter::new("embedding the corpus", Unit::Characters);
    let report = build_entries(&set.entries, &set.fingerprint(), folder, embedder, &mut |progress| {
        if let Progress::Embedding { done, total } = progress {
            meter.set(done as u64, Some(total as u64));
        }
    })?;
    meter.finish(&if report.changed {
        format!("indexed {} entries in {:.1} s", report.documents, report.total().as_secs_f32())
    } else {
        format!("the index of {} entries is there already", report.documents)
    });
    Ok(())
}

fn measure_index(common: &Common, args: &RetrievalArgs) -> anyhow::Result<RetrievalReport> {
    anyhow::ensure!(
        !args.no_titles && args.index.is_none(),
        "{} has no corpus.jsonl, so it is a question set: it is ranked over the index in --data, and --no-titles and \
         --index are for retrieval test sets",
        args.set.display()
    );
    let questions = load_half(&args.set, args.split.as_deref())?;
    let retriever = common.open_retriever()?;
    for lost in lost_gold(&questions, retriever.index())? {
        eprintln!("warning: {lost}");
    }
    let mut meter = Meter::new("ranking", Unit::Items);
    let total = questions.iter().filter(|question| question.answerable).count() as u64;
    let report = |done| meter.set(done as u64, Some(total));
    let results = rank_passages(&retriever, &questions, options(args, false), report)?;
    meter.finish(&format!("{total} questions ranked"));
    Ok(RetrievalReport::of(setup(common, args, &retriever), results))
}

fn options(args: &RetrievalArgs, all_standings: bool) -> SearchOptions {
    SearchOptions { limit: usize::from(args.depth), all_standings, today: today(), rerank: !args.no_rerank }
}

fn setup(common: &Common, args: &RetrievalArgs, retriever: &Retriever) -> RetrievalSetup {
    RetrievalSetup {
        set: args.set.display().to_string(),
        split: args.split.clone(),
        passages: retriever.index().passage_count(),
        depth: usize::from(args.depth),
        titles: !args.no_titles,
        embedder: common.embedder.clone(),
        reranker: Some(common.reranker.clone()).filter(|name| !args.no_rerank && name != "none"),
    }
}

fn write_lines(path: &Path, content: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> anyhow::Result<()> {
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        content(&mut file)?;
        file.flush()
    });
    written.with_context(|| format!("{} cannot be written", path.display()))
}

fn print(report: &RetrievalReport) {
    let ours = [("needs_recall_at_5", "recall@5 of needs"), ("needs_ndcg_at_10", "nDCG@10 of needs")];
    for (name, label) in TREC_METRICS.into_iter().chain(ours) {
        if let Some(value) = report.summary.get(name) {
            print_line(label, value);
        }
    }
    if report.summary.is_empty() {
        println!("nothing is judged in this set, so nothing can be measured");
    }
}
