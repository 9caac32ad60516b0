//! What are the rows and cells of an OpenDocument table?
//!
//! Rows and cells that the file stores once and repeats are kept as one with its count. Not here: the text of the
//! cells.

use crate::ingest::readers::office::xml::Element;
use crate::ingest::readers::spans::{SpanCell, Spans};

/// A table's rows in order.
pub(super) struct Table<'a> {
    pub(super) rows: Vec<TableRow<'a>>,
}

/// A row, and how often it comes.
pub(super) struct TableRow<'a> {
    /// Its cells, the places that others cover included ([`Cell::covered`]).
    pub(super) cells: Vec<Cell<'a>>,
    /// How often the row is repeated.
    pub(super) times: usize,
    /// Whether it is marked as a header.
    pub(super) is_header: bool,
}

/// A cell, and how often it comes.
pub(super) struct Cell<'a> {
    pub(super) element: &'a Element,
    /// Columns and rows that it takes.
    pub(super) span: (usize, usize),
    /// How often it is repeated to the right.
    pub(super) times: usize,
    /// A place that a cell to the left or above takes.
    pub(super) covered: bool,
}

/// Rows of a text table that are repeated more often than this are not written by people.
const MAX_REPEATED: usize = 200;

impl<'a> Table<'a> {
    /// Reads a table's rows; those of tables within it are not among them.
    pub(super) fn new(table: &'a Element) -> Self {
        let mut rows = Vec::new();
        collect_rows(table, false, &mut rows);
        Self { rows }
    }

    /// Header rows and the other rows as texts, merged cells repeated downwards.
    pub(super) fn texts(&self, mut text: impl FnMut(&Cell<'a>) -> String) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let (mut headers, mut rows) = (Vec::new(), Vec::new());
        let mut spans = Spans::default();
        for row in &self.rows {
            let mut cells = Vec::new();
            for cell in row.cells.iter().filter(|cell| !cell.covered) {
                let text = text(cell);
                for _ in 0..cell.times.min(MAX_REPEATED) {
                    cells.push(SpanCell::new(text.clone(), cell.span.0, cell.span.1));
                }
            }
            for _ in 0..row.times.min(MAX_REPEATED) {
                let header = row.is_header && rows.is_empty();
                let texts = spans.row(cells.clone(), header);
                if header {
                    headers.push(texts);
                } else {
                    rows.push(texts);
                }
            }
        }
        // A table that is all header rows is a table all the same.
        if rows.is_empty() { (Vec::new(), headers) } else { (headers, rows) }
    }
}

fn collect_rows<'a>(parent: &'a Element, is_header: bool, rows: &mut Vec<TableRow<'a>>) {
    for child in &parent.children {
        match child.name.as_str() {
            "table-row" => rows.push(TableRow {
                cells: child.children.iter().filter_map(cell).collect(),
                times: number(child, "number-rows-repeated"),
                is_header,
            }),
            "table-header-rows" => collect_rows(child, true, rows),
            "table-rows" | "table-row-group" => collect_rows(child, is_header, rows),
            _ => {}
        }
    }
}

fn cell(element: &Element) -> Option<Cell<'_>> {
    let covered = match element.name.as_str() {
        "table-cell" => false,
        "covered-table-cell" => true,
        _ => return None,
    };
    let span = (number(element, "number-columns-spanned"), number(element, "number-rows-spanned"));
    Some(Cell { element, span, times: number(element, "number-columns-repeated"), covered })
}

fn number(element: &Element, name: &str) -> usize {
    element.attribute(name).and_then(|value| value.parse().ok()).unwrap_or(1).max(1)
}
