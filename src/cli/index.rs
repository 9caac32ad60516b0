//! `rutinlots index`

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::progress::{Meter, Unit};
use super::{Common, exit};
use crate::index::IndexError;
use crate::index::build::{Options, Progress, Report, build};
use crate::inference::worker::EmbedderHandle;
use crate::ingest::source::{Alarm, SiteLimits, Source, SourceError, Watch, WatchOptions, source};
use crate::ingest::{FileReader, supported_kinds};

/// Arguments of `index`.
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    #[arg(long, required = true, value_name = "SOURCE", help = source_help(), long_help = source_long_help())]
    source: Vec<String>,
    /// Accept that a source that held documents holds none now.
    #[arg(long)]
    allow_empty: bool,
    /// Stay and index again whenever something changes.
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    more: SourceArgs,
    /// Print the report as JSON; with `--watch` one line for each time.
    #[arg(long)]
    json: bool,
}

/// Help for `--source`; which kinds are read is said in one place only.
fn source_help() -> String {
    format!(
        "Folder or file ({}), `.zip`, or address of a website on the own network. Can be given several times. A file \
         `.rutinlotsignore` in a folder, written like a `.gitignore`, leaves things out",
        supported_kinds()
    )
}

fn source_long_help() -> String {
    source_help()
        + ".\n\nA website is fetched from a start page, following links below its folder, or from a sitemap if the \
           address ends in `.xml`"
}

/// Options of everything that indexes sources.
#[derive(Debug, Clone, Args)]
pub(super) struct SourceArgs {
    /// Look for changes this often instead of waiting for the system's notices; for network folders, which give none.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    poll: Option<u64>,
    /// Host that may be fetched from besides that of the website itself. Can be given several times.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Most addresses that are fetched from one website.
    #[arg(long, value_name = "NUMBER", default_value_t = SiteLimits::default().pages)]
    site_pages: usize,
    /// How many links away from the start page.
    #[arg(long, value_name = "NUMBER", default_value_t = SiteLimits::default().depth)]
    site_depth: usize,
}

impl SourceArgs {
    /// The sources at these addresses.
    pub(super) fn sources(&self, addresses: &[String], data: &Path) -> anyhow::Result<Vec<Box<dyn Source>>> {
        let limits = SiteLimits { pages: self.site_pages, depth: self.site_depth, hosts: self.allow_host.clone() };
        let open = |address: &String| Ok(source(address, data, &limits)?);
        addresses.iter().map(open).collect()
    }

    /// A watch over those that can be watched.
    pub(super) fn watch(&self, sources: &[Box<dyn Source>]) -> Watch {
        let paths = sources.iter().filter_map(|source| source.watched().map(Path::to_path_buf)).collect();
        let options = WatchOptions { poll: self.poll.map(Duration::from_secs), ..WatchOptions::default() };
        Watch::new(paths, options)
    }
}

pub(super) fn run(common: &Common, args: &IndexArgs) -> anyhow::Result<u8> {
    let sources = args.more.sources(&args.source, &common.data)?;
    let embedder = common.open_embedder()?;
    let mut options = Options { allow_empty: args.allow_empty, ..build_options()? };
    // What changes while the first index is built is a change already.
    let watch = args.watch.then(|| args.more.watch(&sources));
    let first = build_with_progress(&sources, &common.data, &embedder, &options);
    let Some(mut watch) = watch else {
        let report = first?;
        if args.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        }
        return Ok(if report.problems.is_empty() { 0 } else { exit::LEFT_OUT });
    };
    // What is wrong with an address does not come right while one waits.
    let first = match first {
        Err(error @ IndexError::Source(SourceError::BadAddress { .. })) => return Err(error.into()),
        outcome => outcome,
    };
    watch.done(first.is_ok());
    tell(args, first)?;
    eprintln!("watching {}; end with Ctrl-C", args.source.join(", "));
    loop {
        match watch.wait() {
            Alarm::Ended => return Ok(0),
            // Nothing on this machine has changed, so only websites can have.
            Alarm::Look if sources.iter().all(|source| source.watched().is_some()) => {}
            alarm => {
                options.restless = alarm.restless();
                let outcome = build_with_progress(&sources, &common.data, &embedder, &options);
                watch.done(outcome.is_ok());
                tell(args, outcome)?;
            }
        }
    }
}

/// The program itself reads the files, each in a process of its own.
pub(super) fn build_options() -> anyhow::Result<Options> {
    let reader =
        FileReader::of_this_program().context("the program cannot find its own file to read documents with")?;
    Ok(Options::new(reader))
}

/// Tells what came of a build; only that standard output is closed ends the watch.
fn tell(args: &IndexArgs, outcome: Result<Report, IndexError>) -> anyhow::Result<()> {
    use std::io::Write;
    match outcome {
        Ok(report) if args.json => {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
            out.flush()?;
        }
        Ok(_) => {}
        Err(error) => eprintln!("error: {error}; watching goes on"),
    }
    Ok(())
}

/// Builds an index and tells on standard error how it goes.
pub(super) fn build_with_progress(
    sources: &[Box<dyn Source>],
    data: &Path,
    embedder: &EmbedderHandle,
    options: &Options,
) -> Result<Report, IndexError> {
    let mut fetching = Meter::new("fetching", Unit::Items);
    let mut reading = Meter::new("reading", Unit::Items);
    let mut embedding = Meter::new("embedding", Unit::Characters);
    let report = build(sources, data, embedder, options, &mut |progress| match progress {
        Progress::Fetching { done } => fetching.set(done as u64, None),
        Progress::Reading { done, total } => reading.set(done as u64, Some(total as u64)),
        Progress::Embedding { done, total } => embedding.set(done as u64, Some(total as u64)),
        Progress::Writing => {}
    })?;
    fetching.clear();
    embedding.clear();
    reading.finish(&summary(&report));
    for found in &report.versions {
        eprintln!("versions {}: newer than {}", found.newest, found.older.join(", "));
    }
    for problem in &report.problems {
        eprintln!("left out {}: {}", problem.place, problem.reason);
    }
    for (place, doubt) in &report.doubts {
        eprintln!("doubtful {place}: {doubt}");
    }
    Ok(report)
}

fn summary(report: &Report) -> String {
    if !report.changed {
        return format!("nothing has changed: {} documents, {} passages", report.documents, report.passages);
    }
    let speeds = &report.speeds;
    format!(
        "indexed {} documents ({} read), {} passages, {} texts embedded in {:.1} s\n\
         read {} pages/s ({:.1} s), cut {} passages/s ({:.1} s), embedded {} texts/s ({:.1} s), \
         wrote {} passages/s ({:.1} s)",
        report.documents,
        report.documents_read,
        report.passages,
        report.texts_embedded,
        report.total().as_secs_f32(),
        speeds.read_pages,
        report.reading.as_secs_f32(),
        speeds.cut_passages,
        report.cutting.as_secs_f32(),
        speeds.embedded_texts,
        report.embedding.as_secs_f32(),
        speeds.written_passages,
        report.writing.as_secs_f32(),
    )
}

/// A folder as a source, for commands that take nothing else.
pub(super) fn folder(path: &Path) -> Vec<Box<dyn Source>> {
    vec![Box::new(crate::ingest::source::Folder::new(PathBuf::from(path)))]
}
