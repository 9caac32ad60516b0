//! How does a collection of texts that are no files become an index?
//!
//! Retrieval test sets come as a table: each entry has a name, perhaps a title, and a text. Every entry becomes a document
//! of one passage, embedded, analysed and written like any other. Nothing is read, cut or interpreted.

use std::path::Path;

use super::previous::Previous;
use super::reading::Read;
use super::report::{self, Progress, Report};
use super::{BATCH_CHARACTERS, Prepared, exclusively, finish};
use crate::index::IndexError;
use crate::index::rows::{DocumentHead, DocumentNumber, DocumentRow};
use crate::index::versions::Versions;
use crate::inference::worker::EmbedderHandle;
use crate::ingest::passages::{Passage, whole};
use crate::ingest::{Block, BlockKind, DocumentId, Metadata, fold_whitespace};

/// A text that is indexed and found as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, which becomes the document's; no two entries have the same.
    pub id: String,
    /// Its heading; may be empty.
    pub title: String,
    /// Its text; each line is a paragraph.
    pub text: String,
}

/// Builds an index of entries in the data folder and switches to it. `source` names what is in them, for instance by a
/// hash: an index of the same source is left as it is.
pub fn build_entries(
    entries: &[Entry],
    source: &str,
    data: &Path,
    embedder: &EmbedderHandle,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Report, IndexError> {
    let work = || {
        let previous = Previous::load(data, embedder)?;
        if previous.is_of(source) {
            return report::unchanged(data);
        }
        let (documents, passages) =
            entries.iter().enumerate().map(|(number, entry)| lay_out(DocumentNumber(number as u32), entry)).unzip();
        let read = Read { documents, passages, problems: Vec::new() };
        let report = Report { changed: true, documents_read: entries.len(), ..Report::default() };
        let prepared = Prepared { read, previous, addresses: vec![source.to_owned()], report };
        finish(prepared, data, embedder, BATCH_CHARACTERS, on_progress)
    };
    exclusively(data, || Ok(()), work)
}

fn lay_out(number: DocumentNumber, entry: &Entry) -> (DocumentRow, Vec<Passage>) {
    let id = DocumentId::new(entry.id.clone());
    let title = fold_whitespace(&entry.title);
    // A title alone is a text too.
    let text = if entry.text.trim().is_empty() { &title } else { &entry.text };
    let paragraphs = text.lines().map(|line| Block::new(BlockKind::Paragraph, line, None));
    let blocks: Vec<Block> = paragraphs.filter(|block| !block.text.is_empty()).collect();
    let headings: Vec<String> = Some(title.clone()).filter(|title| !title.is_empty()).into_iter().collect();
    let passages = whole(&id, &headings, &blocks).into_iter().collect();
    let head = DocumentHead {
        number,
        place: entry.id.clone(),
        path: entry.id.clone(),
        hash: String::new(),
        title,
        pages: None,
        metadata: Metadata::default(),
        versions: Versions::default(),
        ocr: Vec::new(),
        warnings: Vec::new(),
        other_places: Vec::new(),
        id,
    };
    (DocumentRow { head, blocks, links: Vec::new() }, passages)
}
