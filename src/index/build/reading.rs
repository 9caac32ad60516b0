//! Which documents and passages do the files hold?
//!
//! Every file is read, or what was read of it before is taken over; then it is found which are versions of each other.

use std::collections::HashMap;
use std::time::Instant;

use super::previous::Previous;
use super::report::{Progress, Report, pages};
use crate::index::IndexError;
use crate::index::rows::{DocumentHead, DocumentNumber, DocumentRow, FileProblem};
use crate::index::versions::{self, Versions};
use crate::ingest::isolated::ReadFailure;
use crate::ingest::passages::{Passage, cut};
use crate::ingest::walk::{Found, SourceFile, identities};
use crate::ingest::{DocumentId, FileReader, LeftOut, SideFile, interpret_with};

/// What was read.
pub(super) struct Read {
    /// By number.
    pub(super) documents: Vec<DocumentRow>,
    /// Of each document.
    pub(super) passages: Vec<Vec<Passage>>,
    /// Files that were left out.
    pub(super) problems: Vec<FileProblem>,
}

/// Reads every file and cuts it into passages.
pub(super) fn read_all(
    found: Found,
    reader: &FileReader,
    previous: &Previous,
    report: &mut Report,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Read, IndexError> {
    let started = Instant::now();
    let Found { files, skipped } = found;
    let mut problems: Vec<FileProblem> =
        skipped.into_iter().map(|skipped| problem(skipped.place, "", skipped.left_out)).collect();
    let mut documents: Vec<DocumentRow> = Vec::new();
    let mut by_hash: HashMap<&str, usize> = HashMap::new();
    for (index, (file, id)) in files.iter().zip(identities(&files)).enumerate() {
        on_progress(Progress::Reading { done: index, total: files.len() });
        // The same contents in two places are one document.
        if let Some(&known) = by_hash.get(file.hash.as_str()) {
            documents[known].head.other_places.push(file.place.clone());
            continue;
        }
        let number = DocumentNumber(documents.len() as u32);
        let document = match previous.documents.get(&file.hash).filter(|known| known.head.id == id) {
            Some(known) => {
                let (place, path) = (file.place.clone(), file.path.display().to_string());
                let head = DocumentHead { number, place, path, other_places: Vec::new(), ..known.head.clone() };
                DocumentRow { head, ..known.clone() }
            }
            None => match read_one(reader, file, id, number) {
                Ok(document) => {
                    report.documents_read += 1;
                    report.pages_read += pages(&document);
                    document
                }
                Err(ReadFailure::LeftOut(left_out)) => {
                    tracing::warn!(place = file.place, kind = left_out.kind.as_str(), %left_out, "left out");
                    problems.push(problem(file.place.clone(), &file.hash, left_out));
                    continue;
                }
                // The next file would fare no better, and an index without all of them must not replace the old one.
                Err(error @ ReadFailure::NoReader { .. }) => return Err(IndexError::Reader(error)),
            },
        };
        by_hash.insert(&file.hash, documents.len());
        documents.push(document);
    }
    report.reading = started.elapsed();
    // Also among those that are taken over: a new document may supersede any of them, one that is gone none.
    let found = versions::find(documents.iter().map(|row| (&row.head, row.blocks.as_slice())));
    versions::enter(documents.iter_mut().map(|row| &mut row.head), &found);
    let started = Instant::now();
    let passages = documents.iter().map(|document| cut(&document.head.id, &document.blocks)).collect();
    report.cutting = started.elapsed();
    Ok(Read { documents, passages, problems })
}

/// A file that is left out. Without a hash it is tried again the next time.
fn problem(place: String, hash: &str, LeftOut { kind, reason }: LeftOut) -> FileProblem {
    let hash = if kind.may_pass() { String::new() } else { hash.to_owned() };
    FileProblem { place, hash, kind, reason }
}

fn read_one(
    reader: &FileReader,
    file: &SourceFile,
    id: DocumentId,
    number: DocumentNumber,
) -> Result<DocumentRow, ReadFailure> {
    let reading = reader.read(&file.path)?;
    let name = file.place.rsplit('/').next().unwrap_or(&file.place);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let side = SideFile::beside(&file.path).map(|path| SideFile::read(&path));
    let metadata = interpret_with(&reading, stem, side.as_ref());
    let head = DocumentHead {
        number,
        id,
        place: file.place.clone(),
        path: file.path.display().to_string(),
        hash: file.hash.clone(),
        title: metadata.title.clone().unwrap_or_else(|| stem.to_owned()),
        pages: reading.pages,
        metadata,
        versions: Versions::default(),
        ocr: reading.ocr,
        warnings: reading.warnings,
        other_places: Vec::new(),
    };
    Ok(DocumentRow { head, blocks: reading.blocks, links: reading.links })
}
