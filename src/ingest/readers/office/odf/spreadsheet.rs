//! What stands on the sheets of an OpenDocument spreadsheet?
//!
//! The file holds each value as people see it, and that is what is read. Not here: which rows are tables
//! ([`crate::ingest::readers::office::sheets`]).

use super::inline::Inline;
use super::styles::Styles;
use super::table::Table;
use crate::ingest::readers::collect::Collector;
use crate::ingest::readers::office::sheets::{Sheet, SheetCell, Workbook, warn_hidden};
use crate::ingest::readers::office::xml::Element;

/// A row or cell with content that is repeated more often than this was filled down by mistake.
const MAX_REPEATED: usize = 1_000;

/// Reads all sheets that are not hidden.
pub(super) fn read(root: &Element, styles: &Styles, out: &mut Collector) {
    let mut workbook = Workbook::default();
    for element in root.children.iter().filter(|child| child.name == "table") {
        let name = element.attribute("name").unwrap_or_default();
        if styles.is_hidden_table(element.attribute("style-name").unwrap_or_default()) {
            warn_hidden(name, out);
        } else {
            workbook.sheets.push(sheet(name, element, styles, out));
        }
    }
    workbook.pour(out);
}

fn sheet(name: &str, element: &Element, styles: &Styles, out: &mut Collector) -> Sheet {
    let mut sheet = Sheet::new(name);
    let mut row_at = 0usize;
    for row in &Table::new(element).rows {
        let mut cells: Vec<(usize, SheetCell, usize)> = Vec::new();
        let mut column = 0usize;
        for cell in &row.cells {
            let read = if cell.covered { SheetCell::default() } else { read_cell(cell.element, styles) };
            if !read.text.is_empty() {
                for offset in 0..cell.times.min(MAX_REPEATED) {
                    cells.push((column + offset, SheetCell { columns: cell.span.0, ..read.clone() }, cell.span.1));
                }
            }
            column += cell.times;
        }
        if !cells.is_empty() {
            for offset in 0..row.times.min(MAX_REPEATED) {
                for (column, cell, down) in &cells {
                    if !sheet.put(row_at + offset, *column, *down, cell) {
                        sheet.cut(out);
                        return sheet;
                    }
                }
            }
        }
        row_at += row.times;
    }
    sheet
}

fn read_cell(cell: &Element, styles: &Styles) -> SheetCell {
    let mut lines = Vec::new();
    let mut bold = styles.bold("table-cell", cell.attribute("style-name").unwrap_or_default()) == Some(true);
    for paragraph in cell.children.iter().filter(|child| child.name == "p") {
        let inline = Inline::of(paragraph, styles);
        bold |= inline.all_bold();
        lines.push(inline.text);
    }
    let number = cell.attribute("value-type").is_some_and(|kind| kind != "string");
    SheetCell { text: lines.join("\n").trim().to_owned(), number, bold, columns: 1 }
}
