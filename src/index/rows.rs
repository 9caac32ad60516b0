//! What does the index keep of a document, a passage and a file that was left out?
//!
//! Plain data, as the catalogue stores it. Not here: how it is stored ([`super::catalogue`]).

use serde::{Deserialize, Serialize};

use super::versions::Versions;
use crate::ingest::passages::Passage;
use crate::ingest::{Block, DocumentId, LeftOutKind, Link, Metadata, OcrPage};

/// A document's number within a generation, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentNumber(pub u32);

/// A passage's number within a generation, from 0; its place in score lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassageNumber(pub u32);

/// What is known of a document without its text; kept in memory for all documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentHead {
    /// Number in this generation.
    pub number: DocumentNumber,
    /// Stable name.
    pub id: DocumentId,
    /// Place below its source folder.
    pub place: String,
    /// Where the file lay when it was indexed.
    pub path: String,
    /// SHA-256 of the file and, after a `+`, that of its side file where it has one.
    pub hash: String,
    /// Title to show.
    pub title: String,
    /// Pages, where the format has pages.
    pub pages: Option<u32>,
    /// What it says of itself, and in its validity whether a newer version counts instead.
    pub metadata: Metadata,
    /// The other versions of it.
    pub versions: Versions,
    /// Pages whose text was recognised from a picture.
    pub ocr: Vec<OcrPage>,
    /// What the reader found doubtful.
    pub warnings: Vec<String>,
    /// Places of other files with the same contents.
    pub other_places: Vec<String>,
}

impl DocumentHead {
    /// SHA-256 of the document's own contents, without its side file's.
    pub fn contents_hash(&self) -> &str {
        self.hash.split('+').next().unwrap_or_default()
    }
}

/// What stands for a document in searches: its title, kind and case number.
pub(crate) fn searchable_title(head: &DocumentHead) -> String {
    let parts = [Some(&head.title), head.metadata.document_type.as_ref(), head.metadata.case_number.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentRow {
    /// What is known of it.
    pub head: DocumentHead,
    /// Its text.
    pub blocks: Vec<Block>,
    /// Links whose addresses the text does not show.
    pub links: Vec<Link>,
}

/// A passage as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassageRow {
    /// Number in this generation.
    pub number: PassageNumber,
    /// The document that it is part of.
    pub document: DocumentNumber,
    /// The passage.
    pub passage: Passage,
    /// Number of its first unit's vector.
    pub first_unit: usize,
    /// Hash of the texts that were embedded, so that unchanged vectors are kept.
    pub embedding_key: String,
}

/// A file that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProblem {
    /// Its place below its source folder.
    pub place: String,
    /// SHA-256 of its contents; empty if it could not be hashed, or if the same contents may be read the next time.
    pub hash: String,
    /// What kind of reason it is: the file's state.
    pub kind: LeftOutKind,
    /// Why it was left out, and what to do.
    pub reason: String,
}
