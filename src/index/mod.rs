//! Where do documents and passages lie, and how are they found by words and by vectors?
//!
//! A data folder holds one generation in use: an `SQLite` catalogue, a tantivy index and vector files, built beside the
//! one before and switched to in one step. This room stores and scores; what a question means, and how the scores are
//! weighed, is the business of [`crate::retrieve`].

pub mod build;
mod catalogue;
pub mod check;
mod error;
mod frozen;
mod generation;
mod lexical;
mod lock;
mod manifest;
mod names;
mod rows;
mod vectors;
mod versions;
mod vocabulary;

use std::path::Path;

pub use catalogue::Settings;
pub use error::IndexError;
pub use lexical::{FieldWeights, LexicalLeg, SearchTerm};
pub use rows::{DocumentHead, DocumentNumber, FileProblem, PassageNumber, PassageRow};
pub use vectors::Neighbour;
pub use versions::{Replacement, Superseded, Versions};

use crate::inference::TextKind;
use crate::inference::worker::EmbedderHandle;
use crate::ingest::passages::Canonical;
use crate::ingest::{Block, Link, Span};
use crate::language::{Analyser, Ingredients, Spelling};
use catalogue::Catalogue;
use generation::DataFolder;
use lexical::{Lexical, LexicalPassage};
use manifest::Manifest;
use names::Names;
use vectors::{PassageVectors, UnitVectors};

/// An open index: one generation, read only.
#[derive(Debug)]
pub struct Index {
    generation: String,
    settings: Settings,
    catalogue: Catalogue,
    heads: Vec<DocumentHead>,
    lexical: Lexical,
    analyser: Analyser,
    spelling: Spelling,
    names: Names,
    passages: PassageVectors,
    units: UnitVectors,
    documents_of_passages: Vec<DocumentNumber>,
    first_units: Vec<u32>,
}

/// How often an index is opened again when another one was switched to meanwhile.
const TRIES: usize = 5;
/// A text that every index keeps the vector of, so that a model is known by what it does and not by its name alone.
const PROBE: &str = "Brukaren vägrar ta sin medicin och vill prata med sjuksköterskan.";

impl Index {
    /// Opens the generation in use of a data folder.
    pub fn open(data: &Path) -> Result<Self, IndexError> {
        let folder = DataFolder::new(data);
        let mut tries = 0;
        loop {
            let (generation, path) = folder.current()?.ok_or_else(|| IndexError::Missing(data.to_owned()))?;
            tries += 1;
            match Self::open_generation(&generation, &path) {
                // It may have been replaced, and then removed, while it was being opened.
                Err(_) if tries < TRIES && folder.current()?.is_some_and(|(now, _)| now != generation) => {}
                outcome => return outcome,
            }
        }
    }

    fn open_generation(generation: &str, path: &Path) -> Result<Self, IndexError> {
        let (catalogue, settings) = open_catalogue(path, Manifest::check_sizes)?;
        settings.check_analyser()?;
        let passages = PassageVectors::open(&path.join(vectors::PASSAGES_FILE))?;
        let units = UnitVectors::open(&path.join(vectors::UNITS_FILE))?;
        let count = catalogue.passage_count()?;
        if passages.len() != count {
            let reason = format!("it holds {} vectors for {count} passages", passages.len());
            return Err(IndexError::Damaged { path: path.join(vectors::PASSAGES_FILE), reason });
        }
        let heads = catalogue.heads()?;
        let (documents_of_passages, first_units) = catalogue.places()?;
        let mut counts = vocabulary::read(&path.join(vocabulary::FILE))?;
        // Until the next `rutinlots index` the words of an older index are analysed when it is opened.
        let (lexical, analyser) = if settings.is_analysed_otherwise() {
            let texts = searched_texts(&catalogue, &heads, count)?;
            counts = vocabulary::count(texts.iter().flatten().map(String::as_str));
            let analyser = Analyser::new(vocabulary::compounds(&counts));
            (analysed(&texts, &analyser)?, analyser)
        } else {
            let analyser = Analyser::new(vocabulary::compounds(&counts));
            (Lexical::open(&path.join(lexical::FOLDER))?, analyser)
        };
        Ok(Self {
            generation: generation.to_owned(),
            settings,
            catalogue,
            names: Names::of(&heads),
            heads,
            lexical,
            analyser,
            spelling: Spelling::from_counts(counts),
            passages,
            units,
            documents_of_passages,
            first_units,
        })
    }

    /// Whether an embedding model is the one that the index was made with: by name, and by its vector of a fixed text.
    pub fn check_embedder(&self, embedder: &EmbedderHandle) -> Result<(), IndexError> {
        self.settings.check_model(embedder.name(), &probe(embedder)?)
    }

    /// Whether another index was made with the same embedding model, so that the same questions can be asked of it.
    pub fn check_same_model(&self, other: &Self) -> Result<(), IndexError> {
        self.settings.check_model(&other.settings.embedding_model, &other.settings.probe)
    }

    /// Name of the generation that is open.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// Name of the generation in use in a data folder, without opening it.
    pub fn current_generation(data: &Path) -> Result<Option<String>, IndexError> {
        Ok(DataFolder::new(data).current()?.map(|(name, _)| name))
    }

    /// What the index was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Number of passages.
    pub fn passage_count(&self) -> usize {
        self.passages.len()
    }

    /// All documents, by number.
    pub fn documents(&self) -> &[DocumentHead] {
        &self.heads
    }

    /// A document by its stable name.
    pub fn document(&self, id: &str) -> Option<&DocumentHead> {
        self.heads.iter().find(|head| head.id.as_str() == id)
    }

    /// A document by its number in this generation.
    pub fn document_by_number(&self, number: DocumentNumber) -> Option<&DocumentHead> {
        self.heads.get(number.0 as usize)
    }

    /// A document's text.
    pub fn blocks(&self, number: DocumentNumber) -> Result<Vec<Block>, IndexError> {
        self.catalogue.blocks(number)
    }

    /// A document's links whose addresses its text does not show.
    pub fn links(&self, number: DocumentNumber) -> Result<Vec<Link>, IndexError> {
        self.catalogue.links(number)
    }

    /// How surely a stretch of a document's text was recognised, from 0 to 1, if any page that it begins a block on was
    /// read from a picture; the lowest of them.
    pub fn ocr_confidence(&self, document: &DocumentHead, span: Span) -> Result<Option<f32>, IndexError> {
        if document.ocr.is_empty() {
            return Ok(None);
        }
        let blocks = self.blocks(document.number)?;
        let spans = Canonical::of(&blocks).spans;
        let touched = blocks.iter().zip(spans).filter(|(_, block)| block.start < span.end && span.start < block.end);
        let pages: Vec<u32> = touched.filter_map(|(block, _)| block.page).collect();
        let recognised = document.ocr.iter().filter(|recognised| pages.contains(&recognised.page));
        Ok(recognised.map(|recognised| recognised.confidence).min_by(f32::total_cmp))
    }

    /// A document's passages in order.
    pub fn passages_of(&self, document: DocumentNumber) -> Result<Vec<PassageRow>, IndexError> {
        self.catalogue.passages_of(document)
    }

    /// A passage by its number in this generation.
    pub fn passage(&self, number: PassageNumber) -> Result<Option<PassageRow>, IndexError> {
        self.catalogue.passage(number)
    }

    /// Files that were left out of the index, and why.
    pub fn problems(&self) -> Result<Vec<FileProblem>, IndexError> {
        self.catalogue.problems()
    }

    /// Cosine of the question's vector with every passage, by passage number.
    pub fn dense_scores(&self, question: &[f32]) -> Vec<f32> {
        self.passages.scores(question)
    }

    /// The passages nearest to a vector, for callers that need no scores of the rest.
    pub fn nearest(&self, question: &[f32], count: usize) -> Vec<Neighbour> {
        self.passages.nearest(question, count)
    }

    /// Cosine of the question's vector with each unit of a passage, in their order.
    pub fn unit_scores(&self, question: &[f32], passage: &PassageRow) -> Vec<f32> {
        self.units.scores(question, passage.first_unit, passage.passage.units.len())
    }

    /// Cosine of the question's vector with the nearest unit of every passage, by passage number.
    pub fn best_unit_scores(&self, question: &[f32]) -> Vec<f32> {
        self.units.best_of_each(question, &self.first_units)
    }

    /// The document of every passage, by passage number.
    pub fn documents_of_passages(&self) -> &[DocumentNumber] {
        &self.documents_of_passages
    }

    /// BM25 of every passage for the terms of one leg, by passage number.
    pub fn lexical_scores(
        &self,
        leg: LexicalLeg,
        terms: &[SearchTerm],
        weights: FieldWeights,
    ) -> Result<Vec<f32>, IndexError> {
        self.lexical.scores(leg, terms, weights, self.passages.len())
    }

    /// The documents that a text names by their titles, in order, with repetitions.
    pub fn documents_named_in(&self, text: &str) -> Vec<DocumentNumber> {
        self.names.in_text(text)
    }

    /// How its texts were analysed, and questions are.
    pub fn analyser(&self) -> &Analyser {
        &self.analyser
    }

    /// A question as it was meant, spelled as the routines spell; `None` if it was typed so. `knows` says which words
    /// besides theirs are no slips.
    pub fn as_meant(&self, question: &str, knows: impl Fn(&str) -> bool) -> Option<String> {
        self.spelling.meant(question, self.analyser.compounds(), knows)
    }

    /// The same index with other ingredients of the analysis, for measuring: its words are analysed anew, in memory.
    pub fn reanalysed(self, ingredients: Ingredients) -> Result<Self, IndexError> {
        let analyser = self.analyser.clone().with(ingredients);
        let texts = searched_texts(&self.catalogue, &self.heads, self.passage_count())?;
        let lexical = analysed(&texts, &analyser)?;
        Ok(Self { lexical, analyser, spelling: self.spelling.with(ingredients), ..self })
    }

    /// In how many passages' texts or headings each stem stands.
    pub fn passage_frequencies(&self, stems: &[String]) -> Result<Vec<u64>, IndexError> {
        self.lexical.frequencies(stems)
    }
}

/// Title, headings and text of every passage, by number.
fn searched_texts(catalogue: &Catalogue, heads: &[DocumentHead], count: usize) -> Result<Vec<[String; 3]>, IndexError> {
    let mut texts = Vec::with_capacity(count);
    for number in 0..count {
        let Some(row) = catalogue.passage(PassageNumber(number as u32))? else { continue };
        let title = heads.get(row.document.0 as usize).map(rows::searchable_title).unwrap_or_default();
        texts.push([title, row.passage.heading_path.join("\n"), row.passage.text]);
    }
    Ok(texts)
}

/// A word index of these in memory.
fn analysed(texts: &[[String; 3]], analyser: &Analyser) -> Result<Lexical, IndexError> {
    let passages = texts.iter().map(|[title, headings, body]| LexicalPassage { title, headings, body });
    Lexical::in_memory(passages, analyser)
}

/// Catalogue and settings of a generation that this program can read and whose files pass `check`.
fn open_catalogue(
    path: &Path,
    check: fn(&Manifest, &Path) -> Result<(), IndexError>,
) -> Result<(Catalogue, Settings), IndexError> {
    let manifest = Manifest::read(path)?;
    if let Some(manifest) = &manifest {
        catalogue::check_format(manifest.format_version)?;
        check(manifest, path)?;
    }
    let catalogue = Catalogue::open(&path.join(catalogue::FILE))?;
    let settings = catalogue.settings()?;
    catalogue::check_format(settings.format_version)?;
    check_sealed(path, manifest.as_ref(), &settings)?;
    Ok((catalogue, settings))
}

/// An error if a generation has lost its manifest. Only format 1 had none; others would pass unverified.
fn check_sealed(path: &Path, manifest: Option<&Manifest>, settings: &Settings) -> Result<(), IndexError> {
    if manifest.is_some() || settings.format_version == 1 {
        return Ok(());
    }
    Err(IndexError::Damaged { path: path.join(manifest::FILE), reason: "it is gone".to_owned() })
}

/// An embedding model's vector of [`PROBE`].
fn probe(embedder: &EmbedderHandle) -> Result<Vec<f32>, IndexError> {
    Ok(embedder.embed(vec![PROBE.to_owned()], TextKind::Query)?.into_iter().next().unwrap_or_default())
}
