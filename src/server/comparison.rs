//! What differs between a document and an older version of it, as page and API show it?
//!
//! Not here: which documents are versions of each other, and how texts are compared ([`crate::ingest::versions`]).

use crate::index::{DocumentHead, Index, IndexError};
use crate::ingest::versions::{Change, ChangeKind, Stretch, compare, rewording};
use crate::ingest::{Block, BlockKind};
use crate::server::errors::AppError;
use crate::server::present::Presenter;
use crate::server::views::{ChangedLine, ComparePart, DocumentSummary, Segment};

/// Two versions of a document and all their parts in reading order.
pub(super) struct Comparison {
    pub(super) newer: DocumentSummary,
    pub(super) older: DocumentSummary,
    pub(super) parts: Vec<ComparePart>,
}

impl Comparison {
    /// Compares a document with an older version of it; everything else is not found. Long documents take a moment.
    pub(super) fn of(index: &Index, id: &str, older: &str) -> Result<Self, AppError> {
        let newer = index.document(id).ok_or(AppError::NotFound)?;
        let older = index.document(older).filter(|older| newer.versions.older.contains(&older.number));
        let older = older.ok_or(AppError::NotFound)?;
        let presenter = Presenter::today(index);
        let parts = parts(index, newer, older)?;
        Ok(Self { newer: presenter.summary(newer), older: presenter.summary(older), parts })
    }
}

fn parts(index: &Index, newer: &DocumentHead, older: &DocumentHead) -> Result<Vec<ComparePart>, IndexError> {
    let (old, new) = (index.blocks(older.number)?, index.blocks(newer.number)?);
    let changes = compare(&old, &new);
    let mut parts = Vec::new();
    let mut heading: Option<&Block> = None;
    for run in changes.chunk_by(|left, right| (left.kind == ChangeKind::Equal) == (right.kind == ChangeKind::Equal)) {
        if run.first().is_some_and(|change| change.kind == ChangeKind::Equal) {
            let blocks: Vec<&Block> = run.iter().filter_map(|change| new.get(change.new?)).collect();
            let last = blocks.iter().rev().find(|block| matches!(block.kind, BlockKind::Heading { .. }));
            heading = last.copied().or(heading);
            parts.push(ComparePart::Same { lines: blocks.into_iter().map(line).collect() });
        } else {
            let lines = changed(run, &old, &new);
            parts.push(ComparePart::Changed { heading: heading.map(line), lines });
        }
    }
    Ok(parts)
}

/// What was taken away and added in one place; a paragraph that was only reworded stands beside its older wording.
fn changed(run: &[Change], old: &[Block], new: &[Block]) -> Vec<ChangedLine> {
    let removed: Vec<String> = run.iter().filter_map(|change| old.get(change.old?)).map(line).collect();
    let added: Vec<String> = run.iter().filter_map(|change| new.get(change.new?)).map(line).collect();
    let whole = |added: bool, text: &String| ChangedLine { added, segments: vec![Segment::plain(text)] };
    let mut lines = Vec::new();
    let mut from = 0;
    for before in &removed {
        let pair =
            added[from..].iter().enumerate().find_map(|(at, after)| Some((from + at, rewording(before, after)?)));
        match pair {
            Some((at, (old, new))) => {
                lines.extend(added[from..at].iter().map(|text| whole(true, text)));
                lines.push(ChangedLine { added: false, segments: segments(old) });
                lines.push(ChangedLine { added: true, segments: segments(new) });
                from = at + 1;
            }
            None => lines.push(whole(false, before)),
        }
    }
    lines.extend(added[from..].iter().map(|text| whole(true, text)));
    lines
}

fn segments(stretches: Vec<Stretch>) -> Vec<Segment> {
    let segment = |one: Stretch| if one.common { Segment::plain(one.text) } else { Segment::marked(one.text) };
    stretches.into_iter().map(segment).collect()
}

/// A block as a line: its text, after its mark if it is an item.
fn line(block: &Block) -> String {
    match &block.kind {
        BlockKind::ListItem { marker, .. } if !marker.is_empty() => format!("{marker} {}", block.text),
        _ => block.text.clone(),
    }
}
