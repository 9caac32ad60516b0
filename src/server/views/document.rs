//! What does the page of one document show?
//!
//! Its text in blocks with the cited words marked, its table of contents and its facts.
//! Not here: a document as a line among others ([`super::documents`]), or how its file was read ([`crate::ingest`]).

use askama::Template;
use serde::Serialize;

use super::documents::{DocumentSummary, VersionView};
use super::links::{DocumentLink, LinkView, compare_url};
use super::pages::Frame;
use super::text::{Segment, swedish_date};

/// An item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListItemView {
    /// The mark as the document shows it, `"3."` or `"•"`.
    pub marker: String,
    /// `0` for the outermost list.
    pub depth: u8,
    /// The item's text.
    pub segments: Vec<Segment>,
    /// The page that begins with this item; `None` where the page goes on.
    pub page: Option<u32>,
}

impl ListItemView {
    /// The depth that the stylesheet knows, `0` to `3`.
    pub fn indent(&self) -> u8 {
        self.depth.min(3)
    }
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The cell's text.
    pub segments: Vec<Segment>,
}

impl Cell {
    /// Whether the cell has no text.
    pub fn is_empty(&self) -> bool {
        self.segments.iter().all(|segment| segment.text.trim().is_empty())
    }
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The cells, as many as the table has columns.
    pub cells: Vec<Cell>,
}

impl Row {
    /// Each cell with its column's name, which stands before it on a narrow screen; empty where there is none.
    pub fn labelled<'a>(&'a self, columns: &'a [String]) -> Vec<(&'a str, &'a Cell)> {
        let name = |index: usize| columns.get(index).map_or("", |name| name.trim());
        self.cells.iter().enumerate().map(|(index, cell)| (name(index), cell)).collect()
    }
}

/// A piece of a document in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DocumentBlock {
    /// A heading.
    Heading {
        /// 1 is the outermost; see [`finish_blocks`].
        level: u8,
        /// Its anchor, as in [`ContentsEntry::id`].
        id: String,
        /// Its text.
        segments: Vec<Segment>,
        /// The page that begins with this block; `None` where the page goes on.
        page: Option<u32>,
    },
    /// Running text.
    Paragraph {
        /// Its text.
        segments: Vec<Segment>,
        /// The page that begins with this block; `None` where the page goes on.
        page: Option<u32>,
    },
    /// Neighbouring items.
    List {
        /// The items in order.
        items: Vec<ListItemView>,
    },
    /// Neighbouring rows with the same columns.
    Table {
        /// Column names; empty strings or no names where the table has no header row.
        columns: Vec<String>,
        /// The rows in order.
        rows: Vec<Row>,
        /// The page that begins with this block; `None` where the page goes on.
        page: Option<u32>,
    },
}

impl DocumentBlock {
    /// The heading element's level on the page: one below the document's own, since the title is the page's `h1`.
    pub fn html_level(&self) -> u8 {
        match self {
            Self::Heading { level, .. } => (*level).clamp(1, 5) + 1,
            _ => 0,
        }
    }

    /// Whether a table has any column name.
    pub fn has_header(&self) -> bool {
        matches!(self, Self::Table { columns, .. } if columns.iter().any(|name| !name.trim().is_empty()))
    }

    fn segment_lists(&mut self) -> Vec<&mut Vec<Segment>> {
        match self {
            Self::Heading { segments, .. } | Self::Paragraph { segments, .. } => vec![segments],
            Self::List { items } => items.iter_mut().map(|item| &mut item.segments).collect(),
            Self::Table { rows, .. } => {
                rows.iter_mut().flat_map(|row| &mut row.cells).map(|cell| &mut cell.segments).collect()
            }
        }
    }
}

/// Makes a document's blocks ready to show; to be called once they are made.
///
/// One marked segment is the one that `#traff` leads to: the first of those that were chosen for it, or else the first of
/// all. And headings that skip a level are moved out, since a
/// screen reader takes the gap for something missing. Returns whether anything is marked.
pub fn finish_blocks(blocks: &mut [DocumentBlock]) -> bool {
    let chosen = blocks.iter_mut().flat_map(DocumentBlock::segment_lists).flatten().any(|segment| segment.anchor);
    let (mut found, mut anchored) = (false, false);
    let mut open: Vec<u8> = Vec::new();
    for block in blocks {
        if let DocumentBlock::Heading { level, .. } = block {
            open.retain(|outer| outer < level);
            open.push(*level);
            *level = open.len() as u8;
        }
        for segment in block.segment_lists().into_iter().flatten() {
            segment.anchor = !anchored && if chosen { segment.anchor } else { segment.marked };
            anchored |= segment.anchor;
            found |= segment.marked;
        }
    }
    found
}

/// A line of the table of contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContentsEntry {
    /// 1 to 6, as in the document.
    pub level: u8,
    /// The heading's anchor.
    pub id: String,
    /// The heading's text.
    pub text: String,
}

impl ContentsEntry {
    /// The level that the stylesheet knows, `1` to `3`.
    pub fn indent(&self) -> u8 {
        self.level.clamp(1, 3)
    }
}

/// A row of facts about a document: "Dokumentansvarig", "Enhetschef Hemtjänst Norra".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MetadataRow {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
}

impl MetadataRow {
    /// Makes a row; an ISO date as the value is written out.
    pub fn new(label: impl Into<String>, value: &str) -> Self {
        Self { label: label.into(), value: swedish_date(value) }
    }
}

/// `GET /dokument/{id}`: a document, opened at the cited words.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "document.html", config = "src/server/web/askama.toml")]
pub struct DocumentPage {
    /// What every page needs.
    pub frame: Frame,
    /// The document.
    pub document: DocumentSummary,
    /// Facts about it in reading order.
    pub metadata: Vec<MetadataRow>,
    /// The links that stand in it and are safe to follow.
    pub links: Vec<DocumentLink>,
    /// Its headings; fewer than two show no table of contents.
    pub contents: Vec<ContentsEntry>,
    /// Its text, with [`finish_blocks`] called on it.
    pub blocks: Vec<DocumentBlock>,
    /// The file that it was read from, "Öppna originalet (PDF)"; see [`original_url`](super::original_url).
    pub original: Option<LinkView>,
    /// Back to the answer or the search that led here; see [`back_link`](super::back_link).
    pub back: LinkView,
    /// That pages were read from pictures, and which.
    pub recognised: Option<String>,
    /// What was searched for, if a search led here; its words are marked.
    pub searched: String,
    /// The day, written out, for the foot of a printed copy.
    pub printed_on: String,
    /// How to refer to the cited words in a journal; see [`reference`](super::reference).
    pub reference: Option<String>,
}

impl DocumentPage {
    /// Whether any words are marked.
    pub fn has_mark(&self) -> bool {
        let marked = |segments: &[Segment]| segments.iter().any(|segment| segment.marked);
        self.blocks.iter().any(|block| match block {
            DocumentBlock::Heading { segments, .. } | DocumentBlock::Paragraph { segments, .. } => marked(segments),
            DocumentBlock::List { items } => items.iter().any(|item| marked(&item.segments)),
            DocumentBlock::Table { rows, .. } => {
                rows.iter().any(|row| row.cells.iter().any(|cell| marked(&cell.segments)))
            }
        })
    }

    /// What the list of other versions is called.
    pub fn versions_heading(&self) -> &'static str {
        if self.document.versions.iter().any(|version| version.newer) {
            "Andra versioner"
        } else {
            "Tidigare versioner"
        }
    }

    /// Address of what differs between this document and another version.
    pub fn compare_url(&self, version: &VersionView) -> String {
        let (newer, older) =
            if version.newer { (&version.id, &self.document.id) } else { (&self.document.id, &version.id) };
        compare_url(newer, older)
    }

    /// Whether the table of contents is worth its space.
    pub fn has_contents(&self) -> bool {
        self.contents.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_one_mark() {
        let mut blocks = vec![
            DocumentBlock::Paragraph { segments: vec![Segment::plain("a")], page: None },
            DocumentBlock::Paragraph { segments: vec![Segment::marked("b"), Segment::marked("c")], page: None },
        ];
        assert!(finish_blocks(&mut blocks));
        let DocumentBlock::Paragraph { segments, .. } = &blocks[1] else { panic!("a paragraph") };
        assert_eq!(segments.iter().map(|segment| segment.anchor).collect::<Vec<_>>(), [true, false]);
    }
}
