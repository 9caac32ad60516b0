//! How does a folder of files become a new index?
//!
//! Walk, read, cut, embed, write, switch. What has not changed is taken over from the generation before: blocks by the
//! file's hash, vectors by the hash of the embedded text. A file that cannot be read is noted and left out; nothing
//! that happens to one file stops the run.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::catalogue::{
    Catalogue, DocumentHead, DocumentNumber, DocumentRow, FORMAT_VERSION, FileProblem, PassageNumber, PassageRow,
    READING_VERSION, Settings,
};
use super::generation::DataFolder;
use super::lexical::{self, LexicalPassage};
use super::vectors;
use super::{Index, IndexError};
use crate::inference::TextKind;
use crate::inference::catalogue::hex;
use crate::inference::worker::EmbedderHandle;
use crate::ingest::passages::{Canonical, Passage, cut};
use crate::ingest::walk::{Found, SourceFile, identities, walk};
use crate::ingest::{DocumentId, SideFile, interpret_with, read_file};

/// Characters that go to the embedding model at once.
const BATCH_CHARACTERS: usize = 4000;

/// How far a build has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Reading files.
    Reading {
        /// Files done.
        done: usize,
        /// Files in all.
        total: usize,
        /// The file at hand.
        place: String,
    },
    /// Computing vectors.
    Embedding {
        /// Texts done.
        done: usize,
        /// Texts in all.
        total: usize,
    },
    /// Writing the word index and the catalogue.
    Writing,
}

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Whether there was anything to do.
    pub changed: bool,
    /// Documents in the index.
    pub documents: usize,
    /// Of these, read anew.
    pub documents_read: usize,
    /// Passages in the index.
    pub passages: usize,
    /// Texts (passages and units) whose vectors were computed.
    pub texts_embedded: usize,
    /// Files that were left out.
    pub problems: Vec<FileProblem>,
    /// Documents with something doubtful about them.
    pub doubts: Vec<(String, String)>,
    /// Time for reading.
    pub reading: Duration,
    /// Time for vectors.
    pub embedding: Duration,
    /// Time for writing.
    pub writing: Duration,
}

/// What the generation before holds that can be taken over.
#[derive(Default)]
struct Previous {
    name: Option<String>,
    documents: HashMap<String, DocumentRow>,
    problems: HashMap<String, FileProblem>,
    /// Vectors of a passage and its units by embedding key.
    vectors: HashMap<String, (Vec<f32>, Vec<Vec<f32>>)>,
    places: Vec<(String, String)>,
}

/// Builds an index of everything below `sources` in the data folder and switches to it.
pub fn build(
    sources: &[PathBuf],
    data: &Path,
    embedder: &EmbedderHandle,
    dimensions: usize,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Report, IndexError> {
    let folder = DataFolder::new(data);
    std::fs::create_dir_all(data).map_err(IndexError::io(data))?;
    let found = walk(sources);
    let previous = previous(data, embedder.name());
    if is_unchanged(&previous, &found) {
        return unchanged(data);
    }
    let started = Instant::now();
    let mut report = Report { changed: true, ..Report::default() };
    let mut problems: Vec<FileProblem> = found
        .skipped
        .into_iter()
        .map(|skipped| FileProblem { place: skipped.place, hash: String::new(), reason: skipped.reason })
        .collect();
    let (documents, passages) = read_all(&found.files, &previous, &mut problems, &mut report, on_progress);
    report.reading = started.elapsed();

    let started = Instant::now();
    let (rows, passage_vectors, unit_vectors) =
        embed_all(&documents, passages, &previous, embedder, &mut report, on_progress)?;
    report.embedding = started.elapsed();

    on_progress(Progress::Writing);
    let started = Instant::now();
    let (name, path) = folder.begin()?;
    let settings = Settings {
        format_version: FORMAT_VERSION,
        reading_version: READING_VERSION,
        embedding_model: embedder.name().to_owned(),
        dimensions,
        built: jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    };
    let write = || -> Result<(), IndexError> {
        Catalogue::create(&path.join(super::catalogue::FILE), &settings)?.fill(&documents, &rows, &problems)?;
        vectors::write(&path.join(vectors::PASSAGES_FILE), dimensions, &passage_vectors)?;
        vectors::write(&path.join(vectors::UNITS_FILE), dimensions, &unit_vectors)?;
        let headings: Vec<String> = rows.iter().map(|row| row.passage.heading_path.join("\n")).collect();
        let titles: Vec<String> = documents.iter().map(searchable_title).collect();
        let lexical_passages = rows.iter().zip(&headings).map(|(row, headings)| LexicalPassage {
            title: titles.get(row.document.0 as usize).map_or("", String::as_str),
            headings,
            body: &row.passage.text,
        });
        lexical::write(&path.join(lexical::FOLDER), lexical_passages)?;
        folder.switch(&name)
    };
    if let Err(error) = write() {
        folder.discard(&name);
        return Err(error);
    }
    folder.tidy(previous.name.as_deref())?;
    report.writing = started.elapsed();
    report.documents = documents.len();
    report.passages = rows.len();
    for DocumentRow { head, .. } in &documents {
        let doubts = head.metadata.problems.iter().chain(&head.warnings);
        report.doubts.extend(doubts.map(|doubt| (head.place.clone(), doubt.clone())));
    }
    report.problems = problems;
    Ok(report)
}

fn previous(data: &Path, model: &str) -> Previous {
    let load = || -> Result<Previous, IndexError> {
        let index = Index::open(data)?;
        if index.settings().embedding_model != model {
            return Err(IndexError::Mismatch("it was made with another embedding model".to_owned()));
        }
        let mut previous = Previous { name: Some(index.generation().to_owned()), ..Previous::default() };
        let folder = DataFolder::new(data).current()?.map(|(_, path)| path);
        let (dimensions, units) = match folder {
            Some(folder) => vectors::read(&folder.join(vectors::UNITS_FILE))?,
            None => return Ok(Previous::default()),
        };
        for row in index.catalogue.passages()? {
            let unit = |offset: usize| {
                let start = (row.first_unit + offset) * dimensions;
                units.get(start..start + dimensions).map(<[f32]>::to_vec)
            };
            let unit_vectors: Option<Vec<_>> = (0..row.passage.units.len()).map(unit).collect();
            if let (Some(unit_vectors), vector) = (unit_vectors, index.passages.vector(row.number.0 as usize)) {
                previous.vectors.insert(row.embedding_key, (vector.to_vec(), unit_vectors));
            }
        }
        if index.settings().reading_version != READING_VERSION {
            // Vectors of unchanged texts still hold; everything else is read again.
            return Ok(previous);
        }
        for head in index.documents() {
            previous.places.push((head.place.clone(), head.hash.clone()));
            previous.places.extend(head.other_places.iter().map(|place| (place.clone(), head.hash.clone())));
            let document = DocumentRow { head: head.clone(), blocks: index.blocks(head.number)? };
            previous.documents.insert(head.hash.clone(), document);
        }
        for problem in index.problems()? {
            if !problem.hash.is_empty() {
                previous.places.push((problem.place.clone(), problem.hash.clone()));
            }
            previous.problems.insert(problem.place.clone(), problem);
        }
        previous.places.sort();
        Ok(previous)
    };
    match load() {
        Ok(previous) => previous,
        Err(IndexError::Missing(_)) => Previous::default(),
        Err(error) => {
            tracing::warn!(%error, "nothing can be taken over from the index before");
            // Its name is kept so that it stays on disk until the new one is in use.
            Previous { name: Index::current_generation(data).ok().flatten(), ..Previous::default() }
        }
    }
}

fn is_unchanged(previous: &Previous, found: &Found) -> bool {
    let mut now: Vec<(String, String)> =
        found.files.iter().map(|file| (file.place.clone(), file.hash.clone())).collect();
    now.sort();
    // What could not be looked at has no hash; it must be the same as before too.
    let skipped_before = previous.problems.values().filter(|problem| problem.hash.is_empty()).count();
    let same_skipped = found.skipped.len() == skipped_before
        && found.skipped.iter().all(|skipped| previous.problems.contains_key(&skipped.place));
    // The same files in a folder that was moved: the originals must be found where they are now.
    let paths: HashSet<String> = found.files.iter().map(|file| file.path.display().to_string()).collect();
    let same_paths = previous.documents.values().all(|document| paths.contains(&document.head.path));
    previous.name.is_some() && !now.is_empty() && now == previous.places && same_skipped && same_paths
}

fn unchanged(data: &Path) -> Result<Report, IndexError> {
    let index = Index::open(data)?;
    Ok(Report {
        documents: index.documents().len(),
        passages: index.passage_count(),
        problems: index.problems()?,
        ..Report::default()
    })
}

/// Reads every file, or takes over what was read of it before; returns documents and, for each, its passages.
fn read_all(
    files: &[SourceFile],
    previous: &Previous,
    problems: &mut Vec<FileProblem>,
    report: &mut Report,
    on_progress: &mut dyn FnMut(Progress),
) -> (Vec<DocumentRow>, Vec<Vec<Passage>>) {
    let mut documents: Vec<DocumentRow> = Vec::new();
    let mut passages = Vec::new();
    let mut by_hash: HashMap<&str, usize> = HashMap::new();
    for (index, (file, id)) in files.iter().zip(identities(files)).enumerate() {
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
        passages.push(cut(&document.head.id, &document.blocks));
        documents.push(document);
    }
    (documents, passages)
}

fn read_one(file: &SourceFile, id: DocumentId, number: DocumentNumber) -> Result<DocumentRow, String> {
    let reading = read_file(&file.path).map_err(|error| error.to_string())?;
    if reading.blocks.iter().all(|block| block.text.trim().is_empty()) {
        return Err(crate::ingest::ReadError::NoText.to_string());
    }
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
        warnings: reading.warnings,
        other_places: Vec::new(),
    };
    Ok(DocumentRow { head, blocks: reading.blocks })
}

/// What is embedded for a passage: its title and headings before its text, so that a short passage knows its subject.
fn passage_text(title: &str, passage: &Passage) -> String {
    let mut text = title.to_owned();
    for heading in &passage.heading_path {
        if heading != title {
            text.push_str(" – ");
            text.push_str(heading);
        }
    }
    text.push('\n');
    text.push_str(&passage.text);
    text
}

/// What is embedded for a unit: the nearest heading before it.
fn unit_texts(title: &str, passage: &Passage, canonical: &Canonical) -> Vec<String> {
    let heading = passage.heading_path.last().map_or(title, String::as_str);
    passage.units.iter().map(|unit| format!("{heading}: {}", canonical.slice(unit.span))).collect()
}

fn searchable_title(document: &DocumentRow) -> String {
    let metadata = &document.head.metadata;
    let parts = [Some(&document.head.title), metadata.document_type.as_ref(), metadata.case_number.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
}

type Embedded = (Vec<PassageRow>, Vec<Vec<f32>>, Vec<Vec<f32>>);

/// Vectors of all passages and units; those of unchanged texts are taken over.
fn embed_all(
    documents: &[DocumentRow],
    passages: Vec<Vec<Passage>>,
    previous: &Previous,
    embedder: &EmbedderHandle,
    report: &mut Report,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Embedded, IndexError> {
    let mut rows = Vec::new();
    // Slots of all vectors, passages first for each row; what is missing is embedded afterwards by length.
    let mut slots: Vec<Vec<f32>> = Vec::new();
    let mut missing: Vec<(usize, String)> = Vec::new();
    let mut row_slots = Vec::new();
    let mut first_unit = 0;
    for (document, passages) in documents.iter().zip(passages) {
        let canonical = Canonical::of(&document.blocks);
        for passage in passages {
            let mut texts = vec![passage_text(&document.head.title, &passage)];
            texts.extend(unit_texts(&document.head.title, &passage, &canonical));
            let mut hasher = Sha256::new();
            for text in &texts {
                hasher.update(text.as_bytes());
                hasher.update([0]);
            }
            let key = hex(&hasher.finalize()[..16]);
            row_slots.push(slots.len());
            if let Some((vector, units)) = previous.vectors.get(&key) {
                slots.push(vector.clone());
                slots.extend(units.iter().cloned());
            } else {
                for text in texts {
                    missing.push((slots.len(), text));
                    slots.push(Vec::new());
                }
            }
            let number = PassageNumber(rows.len() as u32);
            let units = passage.units.len();
            rows.push(PassageRow { number, document: document.head.number, passage, first_unit, embedding_key: key });
            first_unit += units;
        }
    }
    report.texts_embedded = missing.len();
    missing.sort_by_key(|(_, text)| text.len());
    let total = missing.len();
    let mut done = 0;
    let mut rest = missing.as_mut_slice();
    while !rest.is_empty() {
        on_progress(Progress::Embedding { done, total });
        let mut characters = 0;
        let fitting = rest.iter().take_while(|(_, text)| {
            characters += text.len();
            characters <= BATCH_CHARACTERS
        });
        let count = fitting.count().max(1);
        let (batch, later) = rest.split_at_mut(count);
        let texts = batch.iter_mut().map(|(_, text)| std::mem::take(text)).collect();
        let vectors = embedder.embed(texts, TextKind::Passage)?;
        for ((slot, _), vector) in batch.iter().zip(vectors) {
            slots[*slot] = vector;
        }
        done += count;
        rest = later;
    }
    on_progress(Progress::Embedding { done, total });
    let mut passage_vectors = Vec::with_capacity(rows.len());
    let mut unit_vectors = Vec::with_capacity(first_unit);
    for (row, slot) in rows.iter().zip(row_slots) {
        passage_vectors.push(std::mem::take(&mut slots[slot]));
        unit_vectors.extend(slots[slot + 1..slot + 1 + row.passage.units.len()].iter_mut().map(std::mem::take));
    }
    Ok((rows, passage_vectors, unit_vectors))
}
