//! What are the rows of a table on a page?
//!
//! Merged cells are repeated downwards, and several header rows become one. Not here: tables that only place text on
//! the page, which [`is_frame`] tells and the walk reads as text.

use scraper::node::Node;
use scraper::{ElementRef, Selector};

use super::content::is_left_out;
use super::{BLOCKS, descendants};
use crate::ingest::document::fold_whitespace;
use crate::ingest::readers::collect::{Row, cell_of_lines};
use crate::ingest::readers::spans::{SpanCell, Spans, join_headers};

/// Whether a table only places text: it says so, holds headings or tables, or has a single column.
pub(super) fn is_frame(table: ElementRef<'_>) -> bool {
    let holds = |selector| Selector::parse(selector).is_ok_and(|parsed| table.select(&parsed).next().is_some());
    matches!(table.attr("role"), Some("presentation" | "none"))
        || holds("td h1, td h2, td h3, td h4, td table")
        || (!holds("th") && descendants(table, "tr").into_iter().all(|row| cells(row).len() <= 1))
}

/// The cells of a row.
pub(super) fn cells(row: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    row.child_elements().filter(|cell| matches!(cell.value().name(), "td" | "th")).collect()
}

/// Column names, where the table marks them, and rows.
pub(super) fn read(table: ElementRef<'_>) -> (Option<Vec<String>>, Vec<Row>) {
    let mut headers: Vec<Vec<String>> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut spans = Spans::default();
    for line in descendants(table, "tr") {
        let cells = cells(line);
        if cells.is_empty() {
            continue;
        }
        let in_head = line.parent().and_then(ElementRef::wrap).is_some_and(|parent| parent.value().name() == "thead");
        let all_heads = cells.len() > 1 && cells.iter().all(|cell| cell.value().name() == "th");
        let is_header = rows.is_empty() && (in_head || all_heads);
        let texts = spans.row(cells.into_iter().map(span_cell).collect(), is_header);
        if is_header {
            headers.push(texts);
        } else {
            rows.push(Row { cells: texts, page: None });
        }
    }
    if rows.is_empty() {
        // A table that is all header rows is a table all the same.
        rows = headers.drain(..).map(|cells| Row { cells, page: None }).collect();
    }
    (join_headers(&headers), rows)
}

fn span_cell(cell: ElementRef<'_>) -> SpanCell {
    let span = |name| cell.attr(name).and_then(|span| span.trim().parse().ok()).unwrap_or(1);
    SpanCell::new(text(cell), span("colspan"), span("rowspan"))
}

/// Text of a cell or other small part on one line; blocks within it are kept apart.
pub(super) fn text(part: ElementRef<'_>) -> String {
    let mut out = String::new();
    gather(part, &mut out, 0);
    fold_whitespace(&cell_of_lines(&[out]))
}

fn gather(part: ElementRef<'_>, out: &mut String, depth: usize) {
    if depth > super::MAX_DEPTH {
        return;
    }
    for child in part.children() {
        match child.value() {
            Node::Text(text) => {
                out.extend(text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }));
            }
            Node::Element(_) => {
                let Some(element) = ElementRef::wrap(child).filter(|element| !is_left_out(*element, false, false))
                else {
                    continue;
                };
                let name = element.value().name();
                let apart = BLOCKS.contains(&name) || matches!(name, "br" | "li" | "ul" | "ol" | "tr" | "td" | "th");
                if apart {
                    out.push('\n');
                }
                gather(element, out, depth + 1);
                if apart && name != "br" {
                    out.push('\n');
                }
            }
            _ => {}
        }
    }
}
