//! How do sources become a new index?
//!
//! Bring, walk, read, cut, embed, write, switch; a file per station. What has not changed is taken over from the
//! generation before. A file that cannot be read is noted and left out; nothing that happens to one file stops the run,
//! and nothing that stops the run touches the index in use.

mod embedding;
mod entries;
mod previous;
mod reading;
mod report;
mod writing;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use entries::{Entry, build_entries};
pub use report::{Progress, Report, Speeds, Stage, Succession};

use super::generation::DataFolder;
use super::lock::BuildLock;
use super::{Index, IndexError};
use crate::inference::worker::EmbedderHandle;
use crate::ingest::FileReader;
use crate::ingest::source::{Source, SourceError};
use crate::ingest::walk::{Found, walk};
use previous::Previous;

/// Characters that go to the embedding model at once when nobody else waits for it.
const BATCH_CHARACTERS: usize = 4000;

/// How a build is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// What reads the files.
    pub reader: FileReader,
    /// Files that are being written just now; of these the document of the generation before stays, if there is one.
    pub restless: HashSet<PathBuf>,
    /// Whether a source that held documents may hold none now.
    pub allow_empty: bool,
    /// Characters that go to the embedding model at once: fewer where questions must get a turn in between.
    pub batch_characters: usize,
}

impl Options {
    /// With this reader, and the rest as usual.
    pub fn new(reader: FileReader) -> Self {
        Self { reader, restless: HashSet::new(), allow_empty: false, batch_characters: BATCH_CHARACTERS }
    }
}

/// Builds an index of everything that `sources` hold in the data folder and switches to it.
pub fn build(
    sources: &[Box<dyn Source>],
    data: &Path,
    embedder: &EmbedderHandle,
    options: &Options,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Report, IndexError> {
    exclusively(data, || check_apart(sources, data), || run(sources, data, embedder, options, on_progress))
}

/// Builds while no one else builds in the same data folder. `check` looks before anything is written; an error says
/// what is in use now.
fn exclusively(
    data: &Path,
    check: impl FnOnce() -> Result<(), IndexError>,
    work: impl FnOnce() -> Result<Report, IndexError>,
) -> Result<Report, IndexError> {
    let in_use = Index::current_generation(data).ok().flatten();
    let not_written = |error: IndexError| match error {
        error @ (IndexError::Io { .. } | IndexError::Sqlite(_) | IndexError::Tantivy(_)) => {
            error.not_written(in_use.as_deref())
        }
        error => error,
    };
    let prepare = || {
        std::fs::create_dir_all(data).map_err(IndexError::io(data))?;
        check()?;
        BuildLock::take(data)
    };
    let _lock = prepare().map_err(not_written)?;
    DataFolder::new(data).remove_unfinished();
    work().map_err(not_written)
}

/// An error if the data folder lies in a source: every build would change what the next one finds. Looked at before
/// anything is written there, or a watch over the source would never come to rest.
fn check_apart(sources: &[Box<dyn Source>], data: &Path) -> Result<(), IndexError> {
    let data = data.canonicalize().map_err(IndexError::io(data))?;
    let holds_data = |path: &Path| path.canonicalize().is_ok_and(|path| data.starts_with(path));
    match sources.iter().find(|source| source.watched().is_some_and(holds_data)) {
        None => Ok(()),
        Some(source) => {
            let reason = "the data folder lies in it; put that elsewhere with --data".to_owned();
            Err(SourceError::BadAddress { address: source.address().to_owned(), reason }.into())
        }
    }
}

fn run(
    sources: &[Box<dyn Source>],
    data: &Path,
    embedder: &EmbedderHandle,
    options: &Options,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Report, IndexError> {
    let started = Instant::now();
    let (folders, mut found) = bring(sources, on_progress)?;
    let previous = Previous::load(data, embedder)?;
    if !options.allow_empty {
        previous.check_none_is_empty(&folders, &found)?;
    }
    previous.calm(&mut found, &options.restless);
    let addresses: Vec<String> = sources.iter().map(|source| source.address().to_owned()).collect();
    if previous.is_same(&found, &addresses) {
        return report::unchanged(data);
    }
    let mut report = Report { changed: true, fetching: started.elapsed(), ..Report::default() };
    let read = reading::read_all(found, &options.reader, &previous, &mut report, on_progress)?;

    let prepared = Prepared { read, previous, addresses, report };
    finish(prepared, data, embedder, options.batch_characters, on_progress)
}

/// What a build has when only vectors and writing are left.
struct Prepared {
    read: reading::Read,
    previous: Previous,
    addresses: Vec<String>,
    report: Report,
}

/// Computes the vectors that are missing, writes everything and switches to it.
fn finish(
    prepared: Prepared,
    data: &Path,
    embedder: &EmbedderHandle,
    batch_characters: usize,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Report, IndexError> {
    let Prepared { read, previous, addresses, mut report } = prepared;
    let started = Instant::now();
    let vectors = embedding::embed_all(&read, &previous, embedder, batch_characters, &mut report, on_progress)?;
    report.embedding = started.elapsed();

    on_progress(Progress::Writing);
    let started = Instant::now();
    let settings = writing::settings(embedder, addresses)?;
    writing::write(&DataFolder::new(data), &settings, &read, &vectors, previous.name.as_deref())?;
    report.writing = started.elapsed();
    report.take_counts(read, &vectors);
    Ok(report)
}

/// Has all sources within reach and walks them; returns their folders too.
fn bring(
    sources: &[Box<dyn Source>],
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Vec<PathBuf>, Found), IndexError> {
    let mut folders = Vec::new();
    let mut skipped = Vec::new();
    for source in sources {
        let mut done = 0;
        let brought = source.bring(&mut |_| {
            done += 1;
            on_progress(Progress::Fetching { done });
        })?;
        folders.push(brought.folder);
        skipped.extend(brought.skipped);
    }
    let mut found = walk(&folders);
    found.skipped.extend(skipped);
    Ok((folders, found))
}
