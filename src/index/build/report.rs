//! How far has a build come, and what did it do?

use std::path::Path;
use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use super::embedding::Embedded;
use super::reading::Read;
use crate::index::rows::{DocumentRow, FileProblem};
use crate::index::{DocumentHead, DocumentNumber, Index, IndexError};
use crate::ingest::Standing;

/// Characters of what counts as a page where the format has no pages.
const PAGE_CHARACTERS: usize = 1800;

/// How far a build has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Unpacking or fetching files.
    Fetching {
        /// Files done.
        done: usize,
    },
    /// Reading files.
    Reading {
        /// Files done.
        done: usize,
        /// Files in all.
        total: usize,
    },
    /// Computing vectors; counted in characters, because short texts come first.
    Embedding {
        /// Characters done.
        done: usize,
        /// Characters in all.
        total: usize,
    },
    /// Writing the word index and the catalogue.
    Writing,
}

/// A routine of which the index holds several versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Succession {
    /// Place of the newest version.
    pub newest: String,
    /// Places of the versions before it, newest first.
    pub older: Vec<String>,
}

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether there was anything to do.
    pub changed: bool,
    /// Documents in the index.
    pub documents: usize,
    /// Of these, read anew.
    pub documents_read: usize,
    /// Pages of those that were read anew; 1,800 characters count as one where the format has no pages.
    pub pages_read: usize,
    /// Pages of all documents in the index, counted in the same way.
    pub pages: usize,
    /// Passages in the index.
    pub passages: usize,
    /// Texts (passages and units) whose vectors were computed.
    pub texts_embedded: usize,
    /// Texts in the index.
    pub texts: usize,
    /// Characters of those that were computed.
    pub characters_embedded: usize,
    /// Files that were left out.
    pub problems: Vec<FileProblem>,
    /// Routines of which there are several versions.
    pub versions: Vec<Succession>,
    /// Documents with something doubtful about them.
    pub doubts: Vec<(String, String)>,
    /// Time for unpacking, fetching and looking for files.
    pub fetching: Duration,
    /// Time for reading.
    pub reading: Duration,
    /// Time for cutting all documents into passages.
    pub cutting: Duration,
    /// Time for vectors.
    pub embedding: Duration,
    /// Time for writing.
    pub writing: Duration,
    /// How fast each station was.
    pub speeds: Speeds,
}

/// How much each station does in a second, rounded; 0 where it had nothing to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Speeds {
    /// Pages read.
    pub read_pages: usize,
    /// Passages cut.
    pub cut_passages: usize,
    /// Texts embedded.
    pub embedded_texts: usize,
    /// Characters embedded.
    pub embedded_characters: usize,
    /// Passages written to the index.
    pub written_passages: usize,
}

/// What a station did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stage {
    /// `read`, `passages`, `embed` or `index`.
    pub name: &'static str,
    /// Pages that it worked on.
    pub pages: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// Pages in a second; 0 where it had nothing to do.
    pub pages_per_second: f64,
}

impl Stage {
    fn new(name: &'static str, pages: usize, time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        Self { name, pages, seconds, pages_per_second: if seconds > 0.0 { pages as f64 / seconds } else { 0.0 } }
    }
}

impl Report {
    /// Takes down what was read and embedded.
    pub(super) fn take_counts(&mut self, read: Read, embedded: &Embedded) {
        self.documents = read.documents.len();
        self.passages = embedded.rows.len();
        self.texts = embedded.passages.len() + embedded.units.len();
        for DocumentRow { head, .. } in &read.documents {
            let doubts = head.metadata.problems.iter().chain(&head.warnings);
            self.doubts.extend(doubts.map(|doubt| (head.place.clone(), doubt.clone())));
        }
        let heads: Vec<&DocumentHead> = read.documents.iter().map(|row| &row.head).collect();
        self.doubts.extend(without_version_in_force(&heads, jiff::Zoned::now().date()));
        self.versions = successions(&heads);
        self.pages = read.documents.iter().map(pages).sum();
        self.problems = read.problems;
        self.speeds = Speeds {
            read_pages: per_second(self.pages_read, self.reading),
            cut_passages: per_second(self.passages, self.cutting),
            embedded_texts: per_second(self.texts_embedded, self.embedding),
            embedded_characters: per_second(self.characters_embedded, self.embedding),
            written_passages: per_second(self.passages, self.writing),
        };
    }

    /// Each station with its time and the pages that it worked on, in their order. Pages whose texts were embedded are a
    /// share of all, since vectors are computed passage by passage.
    pub fn stages(&self) -> [Stage; 4] {
        let embedded = (self.pages * self.texts_embedded).checked_div(self.texts).unwrap_or(0);
        [
            Stage::new("read", self.pages_read, self.reading),
            Stage::new("passages", self.pages, self.cutting),
            Stage::new("embed", embedded, self.embedding),
            Stage::new("index", self.pages, self.writing),
        ]
    }

    /// Time for everything.
    pub fn total(&self) -> Duration {
        self.fetching + self.reading + self.cutting + self.embedding + self.writing
    }
}

/// The newest versions that have expired where no older one is in force either, with what is to be told of them.
fn without_version_in_force(heads: &[&DocumentHead], today: Date) -> Vec<(String, String)> {
    let standing = |head: &DocumentHead| head.metadata.validity.standing(today);
    let at = |number: &DocumentNumber| heads.get(number.0 as usize);
    let newest = heads.iter().filter(|head| head.versions.newer.is_empty() && !head.versions.older.is_empty());
    let dead = newest.filter(|head| {
        let others = head.versions.older.iter().filter_map(at);
        standing(head) == Standing::Expired && !others.into_iter().any(|older| standing(older).may_answer())
    });
    let doubt = |head: &&DocumentHead| {
        let until = head.metadata.validity.until.map(|until| until.to_string()).unwrap_or_default();
        let told = format!("no version of it is in force: this is the newest, and its last day was {until}");
        (head.place.clone(), told)
    };
    dead.map(doubt).collect()
}

/// Every document that no version comes after, with those before it. `heads` are all documents, by number.
fn successions(heads: &[&DocumentHead]) -> Vec<Succession> {
    let place = |number: &DocumentNumber| heads.get(number.0 as usize).map(|head| head.place.clone());
    let newest = heads.iter().filter(|head| head.versions.newer.is_empty() && !head.versions.older.is_empty());
    let succession = |head: &&DocumentHead| Succession {
        newest: head.place.clone(),
        older: head.versions.older.iter().filter_map(place).collect(),
    };
    newest.map(succession).collect()
}

/// Pages of a document that was read.
pub(super) fn pages(document: &DocumentRow) -> usize {
    let characters = || document.blocks.iter().map(|block| block.text.chars().count()).sum::<usize>();
    document.head.pages.map_or_else(|| characters().div_ceil(PAGE_CHARACTERS).max(1), |pages| pages as usize)
}

fn per_second(count: usize, time: Duration) -> usize {
    if time.is_zero() { 0 } else { (count as f64 / time.as_secs_f64()).round() as usize }
}

/// The report of a build that had nothing to do.
pub(super) fn unchanged(data: &Path) -> Result<Report, IndexError> {
    let index = Index::open(data)?;
    Ok(Report {
        documents: index.documents().len(),
        passages: index.passage_count(),
        versions: successions(&index.documents().iter().collect::<Vec<_>>()),
        problems: index.problems()?,
        ..Report::default()
    })
}
