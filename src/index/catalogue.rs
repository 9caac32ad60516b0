//! What does the index know of each document and passage?
//!
//! An `SQLite` file, written once when a generation is built and only read afterwards.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::IndexError;
use super::lexical::ANALYSER_VERSION;
use super::rows::{DocumentHead, DocumentNumber, DocumentRow, FileProblem, PassageNumber, PassageRow};
use super::versions::{self, Replacement, Replacements, Versions};
use crate::ingest::passages::{Passage, PassageId};
use crate::ingest::{Block, DocumentId, LeftOutKind, Link, Span};

pub(crate) const FILE: &str = "catalogue.sqlite";
/// Raised when what is stored changes. 1: without manifest, analyser version, sources and probe, and without the kind
/// of reason for files that were left out. 2: without versions, pages read from pictures, and links.
pub(crate) const FORMAT_VERSION: u32 = 3;
/// The oldest format that can still be opened; `rutinlots index` then writes it in the present one.
const OLDEST_READABLE: u32 = 1;
/// Raised when readers or the cutting of passages change, so that files are read again although they are the same.
pub(crate) const READING_VERSION: u32 = 5;

/// Vectors of the same model differ by rounding between machines; those of another are far away.
const SAME_MODEL: f32 = 0.99;

const SCHEMA: &str = "
    CREATE TABLE settings (value TEXT NOT NULL);
    CREATE TABLE documents (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, place TEXT NOT NULL, path TEXT NOT NULL,
        hash TEXT NOT NULL, title TEXT NOT NULL, pages INTEGER, metadata TEXT NOT NULL, blocks TEXT NOT NULL,
        warnings TEXT NOT NULL, other_places TEXT NOT NULL, ocr TEXT NOT NULL, links TEXT NOT NULL);
    CREATE TABLE replacements (
        old INTEGER NOT NULL REFERENCES documents(number), new INTEGER NOT NULL REFERENCES documents(number),
        since TEXT, UNIQUE (old, new));
    CREATE TABLE passages (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document INTEGER NOT NULL REFERENCES documents(number),
        heading_path TEXT NOT NULL, page INTEGER, span_start INTEGER NOT NULL, span_end INTEGER NOT NULL,
        text TEXT NOT NULL, units TEXT NOT NULL, first_unit INTEGER NOT NULL, embedding_key TEXT NOT NULL);
    CREATE INDEX passages_by_document ON passages(document, span_start);
    CREATE TABLE problems (place TEXT NOT NULL, hash TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL);
";

/// What an index was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Layout of the stored data and analysis of text.
    pub format_version: u32,
    /// How files are read and cut.
    #[serde(default)]
    pub reading_version: u32,
    /// How text becomes the terms of the word index.
    #[serde(default = "first")]
    pub analyser_version: u32,
    /// Name of the embedding model.
    pub embedding_model: String,
    /// That model's vector of a fixed text, by which another model of the same name is seen; empty in format 1.
    #[serde(default)]
    pub probe: Vec<f32>,
    /// Numbers per vector.
    pub dimensions: usize,
    /// When it was built, ISO 8601.
    pub built: String,
    /// Where its documents came from, as the operator wrote it; empty in format 1.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// The analyser of the indexes that did not say.
fn first() -> u32 {
    1
}

/// Whether this program can read what was stored.
pub(crate) fn check_format(format: u32) -> Result<(), IndexError> {
    if (OLDEST_READABLE..=FORMAT_VERSION).contains(&format) {
        return Ok(());
    }
    let reads = format!("{OLDEST_READABLE} to {FORMAT_VERSION}");
    Err(IndexError::Mismatch(format!("it has format {format}, this program reads formats {reads}")))
}

impl Settings {
    /// An error if the word index was made by a newer analyser than the one that questions go through.
    pub(crate) fn check_analyser(&self) -> Result<(), IndexError> {
        if self.analyser_version <= ANALYSER_VERSION {
            return Ok(());
        }
        Err(IndexError::Mismatch(format!(
            "its words were analysed by version {}, questions are analysed by version {ANALYSER_VERSION}",
            self.analyser_version
        )))
    }

    /// Whether the word index was made by an older analyser, so that its terms are not those of questions.
    pub(crate) fn is_analysed_otherwise(&self) -> bool {
        self.analyser_version < ANALYSER_VERSION
    }

    /// Whether a model of this name, with this vector of the probe, is the one that the index was made with.
    pub(crate) fn check_model(&self, name: &str, probe: &[f32]) -> Result<(), IndexError> {
        let Self { embedding_model: made_with, probe: own, .. } = self;
        if made_with != name {
            let reason = format!("it was made with the embedding model {made_with}, not {name}");
            return Err(IndexError::Mismatch(reason));
        }
        // Format 1 knew the name only.
        if own.is_empty() || probe.is_empty() {
            return Ok(());
        }
        let cosine: f32 = own.iter().zip(probe).map(|(a, b)| a * b).sum();
        if own.len() == probe.len() && cosine > SAME_MODEL {
            return Ok(());
        }
        Err(IndexError::Mismatch(format!("the model file of {name} is another one than when it was made")))
    }
}

/// The catalogue file.
#[derive(Debug)]
pub(crate) struct Catalogue {
    connection: Mutex<Connection>,
}

impl Catalogue {
    pub(crate) fn create(path: &Path, settings: &Settings) -> Result<Self, IndexError> {
        let connection = Connection::open(path)?;
        // A file of a generation that nobody uses yet needs no journal; the manifest sees to it that it is on the disk.
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        connection.execute_batch(SCHEMA)?;
        connection.execute("INSERT INTO settings VALUES (?1)", [serde_json::to_string(settings)?])?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    pub(crate) fn open(path: &Path) -> Result<Self, IndexError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // Statements are whole or not at all, so a thread that panicked elsewhere leaves nothing half done here.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes everything in one transaction.
    pub(crate) fn fill(
        &self,
        documents: &[DocumentRow],
        passages: &[PassageRow],
        problems: &[FileProblem],
    ) -> Result<(), IndexError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        {
            let mut insert =
                transaction.prepare("INSERT INTO documents VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")?;
            for row in documents {
                let head = &row.head;
                insert.execute(params![
                    head.number.0,
                    head.id.as_str(),
                    head.place,
                    head.path,
                    head.hash,
                    head.title,
                    head.pages,
                    serde_json::to_string(&head.metadata)?,
                    serde_json::to_string(&row.blocks)?,
                    serde_json::to_string(&head.warnings)?,
                    serde_json::to_string(&head.other_places)?,
                    serde_json::to_string(&head.ocr)?,
                    serde_json::to_string(&row.links)?,
                ])?;
            }
            // The newest first, which is the order they are read in again.
            let mut insert = transaction.prepare("INSERT INTO replacements VALUES (?1,?2,?3)")?;
            for head in documents.iter().map(|row| &row.head) {
                for newer in &head.versions.newer {
                    insert.execute(params![head.number.0, newer.by.0, newer.from.map(|from| from.to_string())])?;
                }
            }
            let mut insert = transaction.prepare("INSERT INTO passages VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")?;
            for row in passages {
                let passage = &row.passage;
                insert.execute(params![
                    row.number.0,
                    passage.id.as_str(),
                    row.document.0,
                    serde_json::to_string(&passage.heading_path)?,
                    passage.page,
                    passage.span.start as i64,
                    passage.span.end as i64,
                    passage.text,
                    serde_json::to_string(&passage.units)?,
                    row.first_unit as i64,
                    row.embedding_key,
                ])?;
            }
            let mut insert = transaction.prepare("INSERT INTO problems VALUES (?1,?2,?3,?4)")?;
            for problem in problems {
                insert.execute(params![problem.place, problem.hash, problem.kind.as_str(), problem.reason])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    pub(crate) fn settings(&self) -> Result<Settings, IndexError> {
        let text: String = self.lock().query_row("SELECT value FROM settings", [], |row| row.get(0))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// What `SQLite` itself finds wrong with the file; nothing if all is well.
    pub(crate) fn integrity(&self) -> Result<Vec<String>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let findings: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(findings.into_iter().filter(|finding| finding != "ok").collect())
    }

    pub(crate) fn passage_count(&self) -> Result<usize, IndexError> {
        let count: i64 = self.lock().query_row("SELECT count(*) FROM passages", [], |row| row.get(0))?;
        Ok(count as usize)
    }

    /// All documents by number.
    pub(crate) fn heads(&self) -> Result<Vec<DocumentHead>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT * FROM documents ORDER BY number")?;
        let rows = statement.query_map([], |row| Ok(document_head(row)))?;
        let mut heads: Vec<DocumentHead> = rows.map(|row| row?).collect::<Result<_, IndexError>>()?;
        versions::enter(heads.iter_mut(), &replacements(&connection)?);
        Ok(heads)
    }

    /// A document's links.
    pub(crate) fn links(&self, number: DocumentNumber) -> Result<Vec<Link>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT * FROM documents WHERE number = ?1")?;
        statement.query_row([number.0], |row| Ok(json_since_3(row, "links")))?
    }

    /// A document's text.
    pub(crate) fn blocks(&self, number: DocumentNumber) -> Result<Vec<Block>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT blocks FROM documents WHERE number = ?1")?;
        statement.query_row([number.0], |row| Ok(json(row, "blocks")))?
    }

    pub(crate) fn passages_of(&self, document: DocumentNumber) -> Result<Vec<PassageRow>, IndexError> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT * FROM passages WHERE document = ?1 ORDER BY span_start")?;
        let rows = statement.query_map([document.0], |row| Ok(passage_row(row)))?;
        rows.map(|row| row?).collect()
    }

    pub(crate) fn passage(&self, number: PassageNumber) -> Result<Option<PassageRow>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT * FROM passages WHERE number = ?1")?;
        statement.query_row([number.0], |row| Ok(passage_row(row))).optional()?.transpose()
    }

    pub(crate) fn passages(&self) -> Result<Vec<PassageRow>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT * FROM passages ORDER BY number")?;
        let rows = statement.query_map([], |row| Ok(passage_row(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Document and first unit of each passage, by passage number.
    pub(crate) fn places(&self) -> Result<(Vec<DocumentNumber>, Vec<u32>), IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT document, first_unit FROM passages ORDER BY number")?;
        let rows = statement.query_map([], |row| Ok((DocumentNumber(row.get(0)?), row.get::<_, u32>(1)?)))?;
        rows.map(|row| Ok(row?)).collect()
    }

    pub(crate) fn problems(&self) -> Result<Vec<FileProblem>, IndexError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT * FROM problems ORDER BY place")?;
        let has_kind = statement.column_names().any(|name| name == "kind");
        let rows = statement.query_map([], |row| {
            // Format 1 stored the reason alone.
            let name = if has_kind { row.get("kind")? } else { LeftOutKind::Damaged.as_str().to_owned() };
            let kind = LeftOutKind::from_name(&name).ok_or(rusqlite::Error::InvalidQuery)?;
            Ok(FileProblem { place: row.get("place")?, hash: row.get("hash")?, kind, reason: row.get("reason")? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<T, IndexError> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text)?)
}

/// A list that indexes before format 3 did not have.
fn json_since_3<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<Vec<T>, IndexError> {
    if row.as_ref().column_index(column).is_err() { Ok(Vec::new()) } else { json(row, column) }
}

fn replacements(connection: &Connection) -> Result<Replacements, IndexError> {
    let there = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'replacements')";
    // Before format 3 versions were not told apart.
    if !connection.query_row(there, [], |row| row.get::<_, bool>(0))? {
        return Ok(Replacements::new());
    }
    let mut statement = connection.prepare("SELECT old, new, since FROM replacements ORDER BY rowid")?;
    let rows = statement.query_map([], |row| {
        let since: Option<String> = row.get(2)?;
        // A day that is none would let a dead document pass for one that counts.
        let from = since.map(|day| day.parse()).transpose().map_err(|_| rusqlite::Error::InvalidQuery)?;
        Ok((DocumentNumber(row.get(0)?), Replacement { by: DocumentNumber(row.get(1)?), from, until: None }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn document_head(row: &Row<'_>) -> Result<DocumentHead, IndexError> {
    Ok(DocumentHead {
        number: DocumentNumber(row.get("number")?),
        id: DocumentId::new(row.get::<_, String>("id")?),
        place: row.get("place")?,
        path: row.get("path")?,
        hash: row.get("hash")?,
        title: row.get("title")?,
        pages: row.get("pages")?,
        metadata: json(row, "metadata")?,
        versions: Versions::default(),
        ocr: json_since_3(row, "ocr")?,
        warnings: json(row, "warnings")?,
        other_places: json(row, "other_places")?,
    })
}

fn passage_row(row: &Row<'_>) -> Result<PassageRow, IndexError> {
    let span = Span { start: row.get::<_, i64>("span_start")? as usize, end: row.get::<_, i64>("span_end")? as usize };
    Ok(PassageRow {
        number: PassageNumber(row.get("number")?),
        document: DocumentNumber(row.get("document")?),
        passage: Passage {
            id: PassageId::new(row.get::<_, String>("id")?),
            heading_path: json(row, "heading_path")?,
            page: row.get("page")?,
            span,
            text: row.get("text")?,
            units: json(row, "units")?,
        },
        first_unit: row.get::<_, i64>("first_unit")? as usize,
        embedding_key: row.get("embedding_key")?,
    })
}
