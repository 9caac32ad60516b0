//! What are the rows and cells of a Word table?
//!
//! Says of each cell how wide it is and whether it goes on from the row above. Not here: the text of the cells and what
//! becomes of merged ones ([`super::cells`]).

use crate::ingest::readers::office::xml::Element;

/// A row's cells with their widths in grid columns.
pub(super) struct TableRow<'a> {
    /// Cells with the number of columns that each takes.
    pub(super) cells: Vec<Cell<'a>>,
    /// Whether Word repeats the row on each page as a header.
    pub(super) is_header: bool,
    /// Grid columns before the first cell that have none.
    pub(super) skipped: usize,
}

/// A cell of a row.
pub(super) struct Cell<'a> {
    /// The cell's element.
    pub(super) element: &'a Element,
    /// Columns that it takes.
    pub(super) span: usize,
    /// Whether it only continues the cell above.
    pub(super) continues: bool,
}

/// The rows of a table, those within content controls and insertions too; deleted rows are left out.
pub(super) fn rows(table: &Element) -> Vec<TableRow<'_>> {
    within(table, "tr")
        .into_iter()
        .filter(|row| row.path(&["trPr", "del"]).is_none())
        .map(|row| TableRow {
            is_header: row.child("trPr").is_some_and(|properties| properties.is_on("tblHeader")),
            skipped: row.path(&["trPr", "gridBefore"]).map_or(0, count).min(60),
            cells: within(row, "tc").into_iter().filter(|cell| is_kept(cell)).map(cell).collect(),
        })
        .collect()
}

/// Whether no tracked change takes the cell away.
fn is_kept(cell: &Element) -> bool {
    cell.path(&["tcPr", "cellDel"]).is_none()
}

fn count(element: &Element) -> usize {
    element.attribute("val").and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn cell(element: &Element) -> Cell<'_> {
    let properties = element.child("tcPr");
    let span = properties.and_then(|properties| properties.child("gridSpan")).map_or(1, count);
    let merge = properties.and_then(|properties| properties.child("vMerge"));
    let continues = merge.is_some_and(|merge| merge.attribute("val") != Some("restart"));
    Cell { element, span: span.clamp(1, 60), continues }
}

/// Children called `name`, looking through content controls and revision marks but not into other tables.
fn within<'a>(parent: &'a Element, name: &str) -> Vec<&'a Element> {
    let mut found = Vec::new();
    for child in &parent.children {
        if child.name == name {
            found.push(child);
        } else if matches!(child.name.as_str(), "sdt" | "sdtContent" | "ins" | "moveTo" | "customXml") {
            found.extend(within(child, name));
        }
    }
    found
}
