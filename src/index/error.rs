//! What can go wrong with an index, and what is to be done about it?

use std::path::{Path, PathBuf};

use crate::ingest::source::SourceError;

/// What can go wrong with an index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no index yet.
    #[error("there is no index in {0}; make one with `rutinlots index --source FOLDER --data {0}`")]
    Missing(PathBuf),
    /// The index was made by another version or with another model.
    #[error("the index does not fit this program: {0}; make it anew with `rutinlots index`")]
    Mismatch(String),
    /// A file of the index is damaged.
    #[error("the index file {path} is damaged: {reason}; make the index anew with `rutinlots index`")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another process builds in the same data folder.
    #[error("another `rutinlots` (process {holder}) is building an index in {data}; wait until it is done, or stop it")]
    Busy {
        /// The data folder.
        data: PathBuf,
        /// The other's process number, or `?`.
        holder: String,
    },
    /// A new index could not be written.
    #[error("the new index could not be written: {cause}{advice}. {kept}")]
    NotWritten {
        /// What went wrong.
        cause: Box<IndexError>,
        /// What to do, after a semicolon, or nothing.
        advice: &'static str,
        /// What is in use now.
        kept: String,
    },
    /// A source that held documents holds none now.
    #[error(
        "{place} held {documents} documents and now holds none, as when a network folder is not connected; the index \
         in use stays. If they are to go, add --allow-empty"
    )]
    SourceEmpty {
        /// The source's folder.
        place: PathBuf,
        /// Documents of the index in use that came from it.
        documents: usize,
    },
    /// A source could not be reached or read.
    #[error("{0}; the index in use stays")]
    Source(#[from] SourceError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The catalogue could not be read or written.
    #[error("the catalogue: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The word index could not be read or written.
    #[error("the word index: {0}")]
    Tantivy(#[from] tantivy::TantivyError),
    /// A stored value could not be understood.
    #[error("the catalogue holds a damaged value: {0}")]
    Json(#[from] serde_json::Error),
    /// Files cannot be read at all.
    #[error(transparent)]
    Reader(crate::ingest::isolated::ReadFailure),
    /// The embedding model failed.
    #[error(transparent)]
    Inference(#[from] crate::inference::InferenceError),
}

impl IndexError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// The same error as the end of a build: with what to do, and what is in use now.
    pub(crate) fn not_written(self, in_use: Option<&str>) -> Self {
        let text = self.to_string().to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        // SQLite and tantivy pass the system's error on as text.
        let advice = if has(&["no space", "os error 28", "disk is full", "database or disk", "quota"]) {
            "; free some space on the disk of the data folder and run it again"
        } else if has(&["read-only", "readonly", "permission denied"]) {
            "; the data folder must be writable for the user that indexes"
        } else if has(&["too large"]) {
            "; a limit on the size of files (`ulimit -f`) is in force"
        } else {
            ""
        };
        let kept = in_use.map_or_else(
            || "There is no index in use".to_owned(),
            |name| format!("The index in use ({name}) is as it was"),
        );
        Self::NotWritten { cause: Box::new(self), advice, kept }
    }
}
