//! What are the vectors of all passages and units?
//!
//! Those of unchanged texts are taken over. The rest is sorted by length and embedded in batches: padding a batch to
//! its longest text would waste most of the work, and this is the only slow station.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::previous::Previous;
use super::reading::Read;
use super::report::{Progress, Report};
use crate::index::IndexError;
use crate::index::rows::{PassageNumber, PassageRow};
use crate::inference::catalogue::hex;
use crate::inference::worker::EmbedderHandle;
use crate::inference::{InferenceError, TextKind};
use crate::ingest::passages::{Canonical, Passage};

/// How long is waited when questions have filled the model's queue, and how often.
const WAIT: Duration = Duration::from_millis(500);
const TRIES: usize = 120;

/// Passages and vectors.
pub(super) struct Embedded {
    /// By number.
    pub(super) rows: Vec<PassageRow>,
    /// One per passage.
    pub(super) passages: Vec<Vec<f32>>,
    /// One per unit, in the order of passages and units.
    pub(super) units: Vec<Vec<f32>>,
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
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&passage.text);
    text
}

/// What is embedded for a unit: the nearest heading before it.
fn unit_texts(title: &str, passage: &Passage, canonical: &Canonical) -> Vec<String> {
    let heading = passage.heading_path.last().map_or(title, String::as_str);
    let before = if heading.is_empty() { String::new() } else { format!("{heading}: ") };
    passage.units.iter().map(|unit| format!("{before}{}", canonical.slice(unit.span))).collect()
}

fn key(texts: &[String]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update([0]);
    }
    hex(&hasher.finalize()[..16])
}

/// Vectors of all passages and units.
pub(super) fn embed_all(
    read: &Read,
    previous: &Previous,
    embedder: &EmbedderHandle,
    batch_characters: usize,
    report: &mut Report,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Embedded, IndexError> {
    let mut rows = Vec::new();
    // Slots of all vectors, passages first for each row; what is missing is embedded afterwards by length.
    let mut slots: Vec<Vec<f32>> = Vec::new();
    let mut missing: Vec<Missing> = Vec::new();
    let mut row_slots = Vec::new();
    let mut first_unit = 0;
    for (document, passages) in read.documents.iter().zip(&read.passages) {
        let canonical = Canonical::of(&document.blocks);
        for passage in passages {
            let mut texts = vec![passage_text(&document.head.title, passage)];
            texts.extend(unit_texts(&document.head.title, passage, &canonical));
            let key = key(&texts);
            row_slots.push(slots.len());
            if let Some((vector, units)) = previous.vectors.get(&key) {
                slots.push(vector.clone());
                slots.extend(units.iter().cloned());
            } else {
                for text in texts {
                    missing.push(Missing { slot: slots.len(), characters: text.chars().count(), text });
                    slots.push(Vec::new());
                }
            }
            let number = PassageNumber(rows.len() as u32);
            let (document, passage, units) = (document.head.number, passage.clone(), passage.units.len());
            rows.push(PassageRow { number, document, passage, first_unit, embedding_key: key });
            first_unit += units;
        }
    }
    report.texts_embedded = missing.len();
    report.characters_embedded = missing.iter().map(|missing| missing.characters).sum();
    let mut tell = |done| on_progress(Progress::Embedding { done, total: report.characters_embedded });
    embed_missing(missing, &mut slots, embedder, batch_characters, &mut tell)?;
    let mut passages = Vec::with_capacity(rows.len());
    let mut units = Vec::with_capacity(first_unit);
    for (row, slot) in rows.iter().zip(row_slots) {
        passages.push(std::mem::take(&mut slots[slot]));
        units.extend(slots[slot + 1..slot + 1 + row.passage.units.len()].iter_mut().map(std::mem::take));
    }
    Ok(Embedded { rows, passages, units })
}

/// A text that has no vector yet.
struct Missing {
    slot: usize,
    characters: usize,
    text: String,
}

/// Embeds texts and puts each vector into its slot; `tell` is told how many characters are done.
fn embed_missing(
    mut missing: Vec<Missing>,
    slots: &mut [Vec<f32>],
    embedder: &EmbedderHandle,
    batch_characters: usize,
    tell: &mut dyn FnMut(usize),
) -> Result<(), IndexError> {
    missing.sort_by_key(|missing| missing.characters);
    let mut done = 0;
    let mut rest = missing.as_mut_slice();
    while !rest.is_empty() {
        tell(done);
        let mut batched = 0;
        let fitting = rest.iter().take_while(|missing| {
            batched += missing.characters;
            batched <= batch_characters
        });
        let count = fitting.count().max(1);
        let (batch, later) = rest.split_at_mut(count);
        let texts: Vec<String> = batch.iter_mut().map(|missing| std::mem::take(&mut missing.text)).collect();
        for (missing, vector) in batch.iter().zip(embed(embedder, &texts)?) {
            slots[missing.slot] = vector;
            done += missing.characters;
        }
        rest = later;
    }
    tell(done);
    Ok(())
}

/// Embeds a batch; questions go first where both wait for the model.
fn embed(embedder: &EmbedderHandle, texts: &[String]) -> Result<Vec<Vec<f32>>, InferenceError> {
    for _ in 0..TRIES {
        match embedder.embed(texts.to_vec(), TextKind::Passage) {
            Err(InferenceError::Overloaded) => std::thread::sleep(WAIT),
            outcome => return outcome,
        }
    }
    Err(InferenceError::Overloaded)
}
