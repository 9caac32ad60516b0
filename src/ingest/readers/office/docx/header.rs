//! Which facts stand in a page header or footer?
//!
//! Many templates keep the table of facts there; the rest of a page header is repeated noise. Not here: what the labels
//! mean ([`crate::ingest::metadata`]).

use super::inline::Inline;
use super::styles::Styles;
use super::table;
use crate::ingest::readers::collect::{Collector, Row, cell_of_lines};
use crate::ingest::readers::office::xml::Element;

/// Takes labels and values from a header or footer part.
pub(super) fn read(part: &Element, styles: &Styles, out: &mut Collector) {
    for table in part.descendants("tbl") {
        let rows = table::rows(table);
        let line = |row: &table::TableRow<'_>| Row {
            cells: row.cells.iter().map(|cell| cell_text(cell.element, styles)).collect(),
            page: None,
        };
        out.facts(&rows.iter().map(line).collect::<Vec<_>>());
    }
    for paragraph in part.descendants("p") {
        let inline = Inline::of(paragraph, styles);
        if !out.label_lines(&inline.text) {
            out.edge_line(&inline.text);
        }
        for text_box in inline.boxes {
            read(text_box, styles, out);
        }
    }
}

fn cell_text(cell: &Element, styles: &Styles) -> String {
    let paragraphs = cell.descendants("p");
    let lines: Vec<String> = paragraphs.iter().map(|paragraph| Inline::of(paragraph, styles).text).collect();
    cell_of_lines(&lines)
}
