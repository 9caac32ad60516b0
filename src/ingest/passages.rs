//! Which stretches of a document are indexed and cited?
//!
//! A passage is a part of one section: paragraphs, list items and table rows in order, never cut inside a sentence, an
//! item or a row. Within it, units (sentences, items, rows) are what evidence is picked from. Both point into the
//! document's canonical text, so that a citation can be shown where it stands.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::document::{Block, BlockKind, DocumentId, Span};
use crate::language::sentences;

/// A passage is closed when the next block would make it longer than this many characters.
const TARGET: usize = 900;
/// A single block longer than this many characters is divided at sentence ends.
const LONGEST: usize = 1300;
/// A list is kept together with the line that introduces it up to this many characters.
const LONGEST_LIST: usize = 1400;

/// Stable name of a passage: it changes only with the passage's document, headings or text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassageId(String);

impl PassageId {
    /// Takes an identity that was made before, for instance one from a link.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PassageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a unit of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// A sentence of running text.
    Sentence,
    /// A whole list item.
    Item,
    /// A whole table row with its column names.
    Row,
}

/// The smallest stretch that can be quoted alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// What it is.
    pub kind: UnitKind,
    /// Where it stands in the canonical text.
    pub span: Span,
    /// Index of its block in the document.
    pub block: usize,
}

/// A part of a section that is indexed and cited as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Stable name.
    pub id: PassageId,
    /// Headings from the outermost to the one that it stands under; empty before the first heading.
    pub heading_path: Vec<String>,
    /// Page that it starts on.
    pub page: Option<u32>,
    /// Where it stands in the canonical text.
    pub span: Span,
    /// Its text, one line per block.
    pub text: String,
    /// What evidence can be picked from.
    pub units: Vec<Unit>,
}

impl Passage {
    /// The text of one of its units.
    pub fn text_of(&self, unit: &Unit) -> &str {
        self.slice(unit.span)
    }

    /// The part of its text that a span of the document covers.
    pub fn slice(&self, span: Span) -> &str {
        let start = self.span.start;
        slice(&self.text, Span { start: span.start.saturating_sub(start), end: span.end.saturating_sub(start) })
    }
}

/// A document's whole text, one line per block, and where each block stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The text.
    pub text: String,
    /// One span per block.
    pub spans: Vec<Span>,
}

impl Canonical {
    /// Lays the blocks' texts below each other.
    pub fn of(blocks: &[Block]) -> Self {
        let mut text = String::new();
        let mut spans = Vec::with_capacity(blocks.len());
        let mut position = 0;
        for block in blocks {
            if !text.is_empty() {
                text.push('\n');
                position += 1;
            }
            let length = block.text.chars().count();
            spans.push(Span { start: position, end: position + length });
            text.push_str(&block.text);
            position += length;
        }
        Self { text, spans }
    }

    /// The characters that a span covers; what lies outside the text is left out.
    pub fn slice(&self, span: Span) -> &str {
        slice(&self.text, span)
    }
}

/// The characters of `text` that a span covers; what lies outside the text is left out.
pub fn slice(text: &str, span: Span) -> &str {
    let byte = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    let start = byte(span.start);
    let end = byte(span.end).max(start);
    &text[start..end]
}

/// Divides a document into passages.
pub fn cut(document: &DocumentId, blocks: &[Block]) -> Vec<Passage> {
    let canonical = Canonical::of(blocks);
    let mut cutter = Cutter { document, blocks, canonical: &canonical, seen: HashMap::new(), out: Vec::new() };
    let mut path: Vec<(u8, String)> = Vec::new();
    let mut section: Vec<usize> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if let BlockKind::Heading { level } = &block.kind {
            cutter.section(&path, &section);
            section.clear();
            path.retain(|(outer, _)| outer < level);
            path.push((*level, block.text.clone()));
        } else {
            section.push(index);
        }
    }
    cutter.section(&path, &section);
    cutter.out
}

/// The whole of a document as one passage under these headings, however long it is; `None` if there is no text in it.
pub fn whole(document: &DocumentId, headings: &[String], blocks: &[Block]) -> Option<Passage> {
    let canonical = Canonical::of(blocks);
    let mut cutter = Cutter { document, blocks, canonical: &canonical, seen: HashMap::new(), out: Vec::new() };
    let mut units: Vec<Unit> = (0..blocks.len()).flat_map(|index| cutter.units(index)).collect();
    cutter.close(headings, &mut units);
    cutter.out.pop()
}

struct Cutter<'a> {
    document: &'a DocumentId,
    blocks: &'a [Block],
    canonical: &'a Canonical,
    seen: HashMap<String, u32>,
    out: Vec<Passage>,
}

impl Cutter<'_> {
    fn section(&mut self, path: &[(u8, String)], section: &[usize]) {
        let headings: Vec<String> = path.iter().map(|(_, text)| text.clone()).collect();
        let mut open: Vec<Unit> = Vec::new();
        let mut length = 0;
        for (position, &index) in section.iter().enumerate() {
            let units = self.units(index);
            let size = self.canonical.spans[index].len();
            let first_of_list = self.introduces(section, position);
            // A line that introduces a list moves to the next passage together with its list.
            let group = if first_of_list { self.list_length(section, position) } else { size };
            let limit = if self.is_continued_list(section, position) { LONGEST_LIST } else { TARGET };
            if length > 0 && length + group.min(TARGET) > limit {
                self.close(&headings, &mut open);
                length = 0;
            }
            if size > LONGEST {
                for unit in units {
                    if length > 0 && length + unit.span.len() > TARGET {
                        self.close(&headings, &mut open);
                        length = 0;
                    }
                    length += unit.span.len();
                    open.push(unit);
                }
            } else {
                length += size;
                open.extend(units);
            }
        }
        self.close(&headings, &mut open);
    }

    fn is_item(&self, index: usize) -> bool {
        matches!(self.blocks[index].kind, BlockKind::ListItem { .. } | BlockKind::TableRow { .. })
    }

    /// Whether the block at `position` is running text right before a list or table.
    fn introduces(&self, section: &[usize], position: usize) -> bool {
        let next = section.get(position + 1);
        !self.is_item(section[position]) && next.is_some_and(|next| self.is_item(*next))
    }

    fn is_continued_list(&self, section: &[usize], position: usize) -> bool {
        position > 0 && self.is_item(section[position])
    }

    /// Characters of the line at `position` and the list after it.
    fn list_length(&self, section: &[usize], position: usize) -> usize {
        let items = section[position + 1..].iter().take_while(|index| self.is_item(**index));
        self.canonical.spans[section[position]].len()
            + items.map(|index| self.canonical.spans[*index].len()).sum::<usize>()
    }

    fn units(&self, index: usize) -> Vec<Unit> {
        let span = self.canonical.spans[index];
        let kind = match self.blocks[index].kind {
            BlockKind::ListItem { .. } => UnitKind::Item,
            BlockKind::TableRow { .. } => UnitKind::Row,
            BlockKind::Heading { .. } | BlockKind::Paragraph => {
                let text = &self.blocks[index].text;
                let characters = |range: &str| range.chars().count();
                return sentences(text)
                    .into_iter()
                    .map(|range| {
                        let start = span.start + characters(&text[..range.start]);
                        let end = start + characters(&text[range]);
                        Unit { kind: UnitKind::Sentence, span: Span { start, end }, block: index }
                    })
                    .collect();
            }
        };
        vec![Unit { kind, span, block: index }]
    }

    fn close(&mut self, headings: &[String], open: &mut Vec<Unit>) {
        let units = std::mem::take(open);
        let (Some(first), Some(last)) = (units.first(), units.last()) else { return };
        let span = Span { start: first.span.start, end: last.span.end };
        let text = self.canonical.slice(span).to_owned();
        let page = self.blocks[first.block].page;
        let id = self.identity(headings, &text);
        self.out.push(Passage { id, heading_path: headings.to_vec(), page, span, text, units });
    }

    fn identity(&mut self, headings: &[String], text: &str) -> PassageId {
        let mut hasher = Sha256::new();
        for part in [self.document.as_str()].into_iter().chain(headings.iter().map(String::as_str)).chain([text]) {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let hash = crate::inference::catalogue::hex(&hasher.finalize()[..8]);
        let count = self.seen.entry(hash.clone()).or_insert(0);
        *count += 1;
        PassageId(if *count == 1 { format!("s{hash}") } else { format!("s{hash}-{count}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> Block {
        Block::new(BlockKind::Paragraph, text, Some(1))
    }

    fn item(text: &str) -> Block {
        Block::new(BlockKind::ListItem { depth: 0, marker: "•".into() }, text, Some(2))
    }

    fn heading(level: u8, text: &str) -> Block {
        Block::new(BlockKind::Heading { level }, text, None)
    }

    #[test]
    fn passages_stay_within_sections_and_know_their_headings() {
        let blocks = [
            heading(1, "Fall"),
            heading(2, "Åtgärder"),
            paragraph("Lämna inte personen. Ring sjuksköterska."),
            heading(2, "Ansvar"),
            paragraph("Enhetschefen ansvarar."),
        ];
        let passages = cut(&DocumentId::from_stem("fall"), &blocks);
        assert_eq!(passages.len(), 2);
        assert_eq!(passages[0].heading_path, ["Fall", "Åtgärder"]);
        assert_eq!(passages[1].heading_path, ["Fall", "Ansvar"]);
        assert_eq!(passages[0].units.len(), 2);
        let canonical = Canonical::of(&blocks);
        assert_eq!(canonical.slice(passages[0].units[1].span), "Ring sjuksköterska.");
    }

    #[test]
    fn a_list_stays_with_the_line_that_introduces_it() {
        let long = "Det här är en mening som fyller ut stycket. ".repeat(21);
        let blocks = [paragraph(&long), paragraph("Gör så här:"), item("Ring 112."), item("Lås dörren.")];
        let passages = cut(&DocumentId::from_stem("x"), &blocks);
        let last = passages.last().map(|passage| passage.text.as_str());
        assert_eq!(last, Some("Gör så här:\nRing 112.\nLås dörren."));
    }

    #[test]
    fn identities_survive_changes_elsewhere_in_the_document() {
        let before = [paragraph("Ett."), heading(1, "B"), paragraph("Två.")];
        let after = [paragraph("Ett, ändrat."), heading(1, "B"), paragraph("Två.")];
        let id = DocumentId::from_stem("d");
        let (before, after) = (cut(&id, &before), cut(&id, &after));
        assert_ne!(before[0].id, after[0].id);
        assert_eq!(before[1].id, after[1].id);
    }

    proptest::proptest! {
        #[test]
        fn every_block_is_covered_once(texts in proptest::collection::vec("[a-zåäö .!?]{1,300}", 1..20)) {
            let blocks: Vec<Block> = texts.iter().map(|text| paragraph(text)).filter(|block| !block.text.is_empty()).collect();
            let passages = cut(&DocumentId::from_stem("p"), &blocks);
            let covered: String = passages.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n");
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            proptest::prop_assert_eq!(squeeze(&covered), squeeze(&Canonical::of(&blocks).text));
        }
    }
}
