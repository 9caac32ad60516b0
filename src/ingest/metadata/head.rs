//! Where in a document does it speak of itself?
//!
//! In the properties that the reader found, in tables and lines at its head, in a heading such as "Dokumentet gäller
//! för" with its text, in the sentences under the title, and in the lines after its end. Gives every statement with
//! what it is worth, the most trustworthy first. Not here: what the values mean ([`super`]).

use super::kinds;
use super::labels::{Field, Rank, is_label, look_up};
use super::line;
use super::minutes;
use super::prose;
use crate::ingest::document::{Block, BlockKind, Reading};

/// Blocks that may belong to the head.
const HEAD_BLOCKS: usize = 30;
/// Characters that the head has at most.
const HEAD_CHARACTERS: usize = 3_000;
/// Blocks at the end that may speak of the document.
const TAIL_BLOCKS: usize = 14;
/// Longest paragraph that is looked through for sentences.
const PARAGRAPH: usize = 700;
/// Longest text under a heading that is taken as its value.
const UNDER_HEADING: usize = 250;

/// How far a statement is trusted; what is trusted more wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// A label that says just this, in a header table or front matter.
    Stated,
    /// A label that serves where nothing better is said.
    Second,
    /// A table or line at the head or the end that the reader took for text.
    Found,
    /// A sentence.
    Said,
    /// A label that is an everyday word.
    Weak,
}

/// Something that a document says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) field: Field,
    pub(super) trust: Trust,
    /// The label as written.
    pub(super) label: String,
    pub(super) value: String,
}

/// Everything that a reading says of itself, most trusted first and otherwise in reading order.
pub(super) fn facts(reading: &Reading) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (label, value) in &reading.properties {
        stated(&mut facts, label, value);
    }
    let head = head(&reading.blocks);
    tables_and_lines(&mut facts, head, 1);
    let tail = &reading.blocks[reading.blocks.len().saturating_sub(TAIL_BLOCKS).max(head.len())..];
    tables_and_lines(&mut facts, tail, 2);
    for block in head.iter().chain(tail.iter().rev().take(4)) {
        said(&mut facts, block);
    }
    alone_on_a_line(&mut facts, head);
    facts.extend(minutes::facts(&reading.blocks));
    under_headings(&mut facts, &reading.blocks[..reading.blocks.len().min(HEAD_BLOCKS)]);
    facts.sort_by_key(|fact| fact.trust);
    facts
}

/// A label and value that the reader took out of the text.
fn stated(facts: &mut Vec<Fact>, label: &str, value: &str) {
    // `Dokumentansvarig: MAS | Version: 3` behind one label, as flattened tables have it.
    let line = line::facts_in(&format!("{label}: {value}"));
    if line.whole && line.pairs.len() > 1 {
        for (label, value) in line.pairs {
            push(facts, &label, &value, None);
        }
        return;
    }
    if look_up(label).is_none() && kinds::is_kind(label) && !value.is_empty() {
        // Nacka's table ends with the kind of document and its name.
        let fact =
            |field, value: &str| Fact { field, trust: Trust::Second, label: label.to_owned(), value: value.to_owned() };
        facts.push(fact(Field::Type, label));
        facts.push(fact(Field::Title, value));
        return;
    }
    push(facts, label, value, None);
}

fn push(facts: &mut Vec<Fact>, label: &str, value: &str, at_most: Option<Trust>) {
    let Some((field, rank)) = look_up(label) else { return };
    let trust = match rank {
        Rank::Sure => Trust::Stated,
        Rank::Second => Trust::Second,
        Rank::Weak => Trust::Weak,
    };
    let trust = trust.max(at_most.unwrap_or(Trust::Stated));
    facts.push(Fact { field, trust, label: label.trim_end_matches([':', ' ']).to_owned(), value: value.to_owned() });
}

/// Blocks before the text proper: up to the third heading that is neither a label nor a kind of document, within limits.
fn head(blocks: &[Block]) -> &[Block] {
    let mut characters = 0;
    let mut headings = 0;
    let end = blocks.iter().take(HEAD_BLOCKS).position(|block| {
        characters += block.text.chars().count();
        if matches!(block.kind, BlockKind::Heading { .. }) && !kinds::is_kind(&block.text) && !is_label(&block.text) {
            headings += 1;
        }
        headings > 2 || characters > HEAD_CHARACTERS
    });
    &blocks[..end.unwrap_or(blocks.len().min(HEAD_BLOCKS))]
}

/// Label and value in rows and lines; counted only if there are at least `least` of them.
fn tables_and_lines(facts: &mut Vec<Fact>, blocks: &[Block], least: usize) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut waiting: Vec<&str> = Vec::new();
    for block in blocks {
        match &block.kind {
            BlockKind::TableRow { columns, cells } => {
                waiting.clear();
                row(&mut pairs, columns, cells);
            }
            BlockKind::Heading { .. } => waiting.clear(),
            BlockKind::Paragraph | BlockKind::ListItem { .. } => {
                let is_short = block.text.chars().count() <= PARAGRAPH;
                let found = if is_short { line::facts_in(&block.text).pairs } else { Vec::new() };
                if !found.is_empty() {
                    waiting.clear();
                    pairs.extend(found);
                } else if is_label(&block.text) {
                    waiting.push(&block.text);
                } else if !waiting.is_empty() {
                    // A table that fell apart: labels on lines of their own, then their values in the same order.
                    pairs.push((waiting.remove(0).to_owned(), block.text.clone()));
                }
            }
        }
    }
    if pairs.len() >= least {
        for (label, value) in pairs {
            push(facts, &label, &value, Some(Trust::Found));
        }
    }
}

fn row(pairs: &mut Vec<(String, String)>, columns: &[String], cells: &[String]) {
    let named = columns.iter().filter(|name| !name.is_empty()).count();
    let labels = columns.iter().filter(|name| is_label(name)).count();
    let known = columns.iter().filter(|name| look_up(name).is_some()).count();
    // "Ansvarig" heads many an ordinary column, so nearly all must speak of documents.
    if labels >= 2 && known * 10 >= named * 8 {
        pairs.extend(columns.iter().cloned().zip(cells.iter().cloned()));
        return;
    }
    let mut found = Vec::new();
    // A header table whose first row was taken for the names of its columns.
    for line in [columns, cells] {
        for pair in line.chunks(2) {
            if let [label, value] = pair
                && is_label(label)
                && !is_label(value)
            {
                found.push((label.clone(), value.clone()));
            }
        }
        found.extend(line.iter().flat_map(|cell| line::facts_in(cell).pairs));
    }
    for pair in found {
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
}

fn said(facts: &mut Vec<Fact>, block: &Block) {
    let plain = matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem { .. });
    if !plain || block.text.chars().count() > PARAGRAPH {
        return;
    }
    for (field, label, value) in prose::facts_in(&block.text) {
        facts.push(Fact { field, trust: Trust::Said, label, value });
    }
}

/// A case number or the kind of document that stands alone.
fn alone_on_a_line(facts: &mut Vec<Fact>, head: &[Block]) {
    for block in head {
        if matches!(block.kind, BlockKind::TableRow { .. }) {
            continue;
        }
        let fact =
            |field, label: &str| Fact { field, trust: Trust::Said, label: label.to_owned(), value: block.text.clone() };
        if prose::is_case_number(&block.text) {
            facts.push(fact(Field::Case, "Diarienummer"));
        } else if kinds::is_kind(&block.text) {
            let value = kinds::in_title(&block.text).unwrap_or_default();
            facts.push(Fact { value, ..fact(Field::Type, "Dokumenttyp") });
        } else if let Some((kind, _)) = block.text.split_once(' ')
            && kind.chars().count() > 3
            && kind.chars().all(char::is_uppercase)
            && kinds::is_kind(kind)
        {
            // The lines of a head that were joined: "SAMMANTRÄDESPROTOKOLL Socialnämnden".
            let value = kinds::in_title(kind).unwrap_or_default();
            facts.push(Fact { value, ..fact(Field::Type, "Dokumenttyp") });
        }
    }
}

/// "Dokumentet gäller för" as a heading, and what stands under it.
fn under_headings(facts: &mut Vec<Fact>, blocks: &[Block]) {
    for pair in blocks.windows(2) {
        let [heading, text] = pair else { continue };
        let both = matches!(heading.kind, BlockKind::Heading { .. }) && text.kind == BlockKind::Paragraph;
        if !both || text.text.chars().count() > UNDER_HEADING {
            continue;
        }
        let name =
            heading.text.trim_start_matches(|first: char| first.is_ascii_digit() || first == '.' || first == ' ');
        if let Some((field @ (Field::AppliesTo | Field::Replaces | Field::Owner | Field::Review), Rank::Sure)) =
            look_up(name)
        {
            let value = text.text.trim_end_matches('.').to_owned();
            facts.push(Fact { field, trust: Trust::Said, label: name.to_owned(), value });
        }
    }
}
