//! Which documents and passages do the files hold?
//!
//! Every file is read, or what was read of it before is taken over.

use std::collections::HashMap;
use std::time::Instant;

use super::previous::Previous;
use super::report::{Progress, Report, pages};
use crate::index::catalogue::{DocumentHead, DocumentNumber, DocumentRow, FileProblem};
use crate::ingest::passages::{Passage, cut};
use crate::ingest::walk::{Found, SourceFile, identities};
use crate::ingest::{DocumentId, interpret, read_file};

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
    previous: &Previous,
    report: &mut Report,
    on_progress: &mut dyn FnMut(Progress),
) -> Read {
    let started = Instant::now();
    let Found { files, skipped } = found;
    let mut problems: Vec<FileProblem> = skipped
        .into_iter()
        .map(|skipped| FileProblem { place: skipped.place, hash: String::new(), reason: skipped.reason })
        .collect();
    let mut documents: Vec<DocumentRow> = Vec::new();
    let mut by_hash: HashMap<&str, usize> = HashMap::new();
    for (index, (file, id)) in files.iter().zip(identities(&files)).enumerate() {
        on_progress(Progress::Reading { done: index, total: files.len(), place: file.place.clone() });
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
                DocumentRow { head, blocks: known.blocks.clone() }
            }
            None => match read_one(file, id, number) {
                Ok(document) => {
                    report.documents_read += 1;
                    report.pages_read += pages(&document);
                    document
                }
                Err(reason) => {
                    tracing::warn!(place = file.place, reason, "left out");
                    problems.push(FileProblem { place: file.place.clone(), hash: file.hash.clone(), reason });
                    continue;
                }
            },
        };
        by_hash.insert(&file.hash, documents.len());
        documents.push(document);
    }
    report.reading = started.elapsed();
    let started = Instant::now();
    let passages = documents.iter().map(|document| cut(&document.head.id, &document.blocks)).collect();
    report.cutting = started.elapsed();
    Read { documents, passages, problems }
}

fn read_one(file: &SourceFile, id: DocumentId, number: DocumentNumber) -> Result<DocumentRow, String> {
    let reading = read_file(&file.path).map_err(|error| error.to_string())?;
    if reading.blocks.iter().all(|block| block.text.trim().is_empty()) {
        return Err(crate::ingest::ReadError::NoText.to_string());
    }
    let name = file.place.rsplit('/').next().unwrap_or(&file.place);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let metadata = interpret(&reading, stem);
    let head = DocumentHead {
        number,
        id,
        place: file.place.clone(),
        path: file.path.display().to_string(),
        hash: file.hash.clone(),
        title: metadata.title.clone().unwrap_or_else(|| stem.to_owned()),
        pages: reading.pages,
        metadata,
        warnings: reading.warnings,
        other_places: Vec::new(),
    };
    Ok(DocumentRow { head, blocks: reading.blocks })
}
