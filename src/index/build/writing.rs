//! How does what was read and embedded come to lie on disk, and into use?
//!
//! Into a folder that nobody looks at, sealed with a manifest, and then into use in one step. Whatever fails before
//! that step takes the folder with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::embedding::Embedded;
use super::reading::Read;
use crate::index::catalogue::{self, Catalogue, FORMAT_VERSION, READING_VERSION, Settings};
use crate::index::generation::DataFolder;
use crate::index::lexical::{self, ANALYSER_VERSION, LexicalPassage};
use crate::index::manifest::Manifest;
use crate::index::rows::searchable_title;
use crate::index::{IndexError, probe, vectors, vocabulary};
use crate::inference::EMBEDDING_DIMENSIONS;
use crate::inference::worker::EmbedderHandle;
use crate::language::Analyser;

/// What an index that is built now is made with.
pub(super) fn settings(embedder: &EmbedderHandle, sources: Vec<String>) -> Result<Settings, IndexError> {
    Ok(Settings {
        format_version: FORMAT_VERSION,
        reading_version: READING_VERSION,
        analyser_version: ANALYSER_VERSION,
        embedding_model: embedder.name().to_owned(),
        probe: probe(embedder)?,
        dimensions: EMBEDDING_DIMENSIONS,
        built: jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        sources,
    })
}

/// Writes a generation, switches to it and removes what is older than the one before.
pub(super) fn write(
    folder: &DataFolder,
    settings: &Settings,
    read: &Read,
    embedded: &Embedded,
    before: Option<&str>,
) -> Result<(), IndexError> {
    let (name, path) = folder.begin()?;
    // tantivy's threads have been seen to panic on a full disk.
    let written = catch_unwind(AssertUnwindSafe(|| {
        write_files(&path, settings, read, embedded)?;
        folder.switch(&name)
    }));
    let outcome = written.unwrap_or_else(|_| {
        Err(IndexError::Io { path: path.clone(), source: std::io::Error::other("writing stopped unexpectedly") })
    });
    match outcome {
        Ok(()) => {
            folder.tidy(before);
            Ok(())
        }
        Err(error) => {
            // The switch may have happened although the disk could not confirm it.
            if folder.current().ok().flatten().is_none_or(|(current, _)| current != name) {
                folder.discard(&name);
            }
            Err(error)
        }
    }
}

fn write_files(path: &Path, settings: &Settings, read: &Read, embedded: &Embedded) -> Result<(), IndexError> {
    let Read { documents, problems, .. } = read;
    let Embedded { rows, passages, units } = embedded;
    Catalogue::create(&path.join(catalogue::FILE), settings)?.fill(documents, rows, problems)?;
    vectors::write(&path.join(vectors::PASSAGES_FILE), settings.dimensions, passages)?;
    vectors::write(&path.join(vectors::UNITS_FILE), settings.dimensions, units)?;
    let headings: Vec<String> = rows.iter().map(|row| row.passage.heading_path.join("\n")).collect();
    let titles: Vec<String> = documents.iter().map(|document| searchable_title(&document.head)).collect();
    let lexical_passages = rows.iter().zip(&headings).map(|(row, headings)| LexicalPassage {
        title: titles.get(row.document.0 as usize).map_or("", String::as_str),
        headings,
        body: &row.passage.text,
    });
    let texts =
        titles.iter().chain(&headings).map(String::as_str).chain(rows.iter().map(|row| row.passage.text.as_str()));
    let counts = vocabulary::count(texts);
    vocabulary::write(&path.join(vocabulary::FILE), &counts)?;
    let analyser = Analyser::new(vocabulary::compounds(&counts));
    lexical::write(&path.join(lexical::FOLDER), lexical_passages, &analyser)?;
    Manifest::seal(path, settings.format_version, (documents.len(), rows.len(), units.len()))
}
