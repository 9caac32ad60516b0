//! Which lines are headings, list items and paragraphs, and where does each end?
//!
//! The measures come from the document itself: its commonest type size, face and line distance. Not here: tables
//! ([`super::parts`]) and which of the blocks are properties ([`super::super::collect`]).

use super::super::collect::{Collector, Row, label_line};
use super::super::marks::{is_contents_line, list_mark};
use super::hints::Hints;
use super::hyphens::{Vocabulary, append_cell_line, append_line, mend_cell, vocabulary};
use super::parts::{Item, Spot, items};
use super::style::{Measures, Rank, is_contents_heading};
use super::words::{Line, Page};

/// A block that may go on with the next line.
struct Open {
    kind: Kind,
    text: String,
    page: u32,
    /// Left edge of the block's first line, and of its text after a list mark.
    x0: f64,
    text_x0: f64,
    size: f64,
    /// Place and right edge of its last line.
    last: Spot,
    last_x1: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Heading(Rank),
    Item { marker: String },
    Paragraph,
}

/// Pours the pages' text into `out`; gives the title if the first page shows one.
pub(super) fn pour(pages: &[Page], hints: Hints, out: &mut Collector) -> Option<String> {
    let items = items(pages);
    let texts: Vec<String> = items
        .iter()
        .flat_map(|item| match item {
            Item::Line { line, .. } => vec![line.text()],
            Item::Table(table) => {
                table.rows.iter().flatten().flat_map(|cell| cell.lines().map(str::to_owned)).collect()
            }
        })
        .collect();
    let vocabulary = vocabulary(texts.iter().map(String::as_str));
    let running = running_words(&items);
    let lines = items.iter().filter_map(|item| match item {
        Item::Line { line, spot, gap } => Some((line, spot.page, *gap)),
        Item::Table(_) => None,
    });
    let measures = Measures::of(lines, hints);
    let mut flow = Flow {
        out,
        vocabulary,
        running,
        measures,
        open: None,
        edges: Vec::new(),
        title: None,
        letterhead: true,
        in_contents: false,
    };
    let mut index = 0;
    while index < items.len() {
        match &items[index] {
            Item::Line { line, spot, gap } => {
                flow.line(line, *spot, *gap);
                index += 1;
            }
            Item::Table(_) => index = flow.table(&items, index),
        }
    }
    flow.close();
    flow.title
}

fn running_words(items: &[Item]) -> Vocabulary {
    let texts: Vec<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Line { line, .. } => Some(line.text()),
            Item::Table(_) => None,
        })
        .collect();
    vocabulary(texts.iter().map(String::as_str))
}

struct Flow<'a> {
    out: &'a mut Collector,
    /// Words of the whole document, and those outside tables.
    vocabulary: Vocabulary,
    running: Vocabulary,
    measures: Measures,
    open: Option<Open>,
    /// Left edges of the list marks that are open, from the outermost.
    edges: Vec<f64>,
    title: Option<String>,
    /// The title has not come yet, if the document has one: what stands above it is no heading.
    letterhead: bool,
    /// The heading of a table of contents was the last that was not left out.
    in_contents: bool,
}

impl Flow<'_> {
    fn line(&mut self, line: &Line, spot: Spot, gap: f64) {
        let page = spot.page;
        let text = line.text();
        if is_contents_line(&text) || self.is_in_contents(&text) {
            self.close();
            return;
        }
        self.in_contents = false;
        let rank = self.measures.rank(line, page, gap);
        self.letterhead &= page == 1 && self.measures.has_title() && rank != Some(Rank::Title);
        let rank = rank.filter(|_| !self.letterhead);
        if let Some(rank) = rank {
            if is_contents_heading(&text) {
                self.close();
                self.in_contents = true;
                return;
            }
            // There is one title, so two lines of it are one, however much air is between them.
            let reach = if rank == Rank::Title { 2.4 } else { 1.7 };
            if let Some(open) = self.open.as_mut()
                && open.kind == Kind::Heading(rank)
                && open.last.zone == spot.zone
                && (gap <= reach * line.size() || self.measures.go_together(&open.text, &text))
            {
                append_line(&mut open.text, &text, Some(&self.vocabulary));
                return;
            }
            self.start(Kind::Heading(rank), &text, line, spot);
            self.edges.clear();
            return;
        }
        if let Some((marker, rest)) = list_mark(&text)
            && !self.goes_on_with_number(line, spot, gap, &marker)
        {
            self.start(Kind::Item { marker }, rest, line, spot);
            return;
        }
        if self.goes_on(line, spot, gap, &text) {
            if let Some(open) = self.open.as_mut() {
                append_line(&mut open.text, &text, Some(&self.vocabulary));
                (open.last, open.last_x1) = (spot, line.x1());
                if matches!(open.kind, Kind::Item { .. }) {
                    open.text_x0 = line.x0();
                }
            }
            return;
        }
        self.start(Kind::Paragraph, &text, line, spot);
    }

    /// Whether this is a line of the table of contents without dots: it ends with a page number.
    fn is_in_contents(&self, text: &str) -> bool {
        let number = text.split_whitespace().next_back().unwrap_or("");
        let is_page = number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        self.in_contents && is_page && text.len() > number.len() && text.chars().any(char::is_alphabetic)
    }

    fn start(&mut self, kind: Kind, text: &str, line: &Line, spot: Spot) {
        self.close();
        let text_x0 = line.words.get(1).map_or(line.x0(), |word| word.x0);
        let text_x0 = if matches!(kind, Kind::Item { .. }) { text_x0 } else { line.x0() };
        self.open = Some(Open {
            kind,
            text: text.to_owned(),
            page: spot.page,
            x0: line.x0(),
            text_x0,
            size: line.size(),
            last: spot,
            last_x1: line.x1(),
        });
    }

    /// Whether the line belongs to the open block.
    fn goes_on(&self, line: &Line, spot: Spot, gap: f64, text: &str) -> bool {
        let Some(open) = &self.open else { return false };
        if matches!(open.kind, Kind::Heading(_)) || (open.size - line.size()).abs() > 0.12 * open.size {
            return false;
        }
        if label_line(text).is_some() && label_line(&open.text).is_some() {
            return false;
        }
        let lower = text.chars().next().is_some_and(char::is_lowercase);
        let ended = open.text.ends_with(['.', ':', '!', '?', ';']);
        let left = if matches!(open.kind, Kind::Item { .. }) { open.text_x0 } else { open.x0 };
        let in_place = (line.x0() - left).abs() < 1.2 * line.size();
        if spot.zone != open.last.zone {
            // Over the end of a page or column only an unfinished sentence goes on.
            let near = spot.page <= open.last.page + 1 && spot.zone == open.last.zone + 1;
            return near && in_place && !ended && (lower || self.is_full(open, 0.25));
        }
        gap <= self.measures.paragraph_gap(line.size()) && in_place && line.x0() > open.x0 - 2.0 * line.size()
    }

    /// A line of running text that happens to begin with "12." or "a)" after a full line.
    fn goes_on_with_number(&self, line: &Line, spot: Spot, gap: f64, marker: &str) -> bool {
        let Some(open) = &self.open else { return false };
        let ordinal = marker.starts_with(|character: char| character.is_ascii_alphanumeric()) || marker == "•";
        let at_text =
            (line.x0() - open.text_x0).abs() < 2.0 && (open.text_x0 - open.x0 > 3.0 || open.kind == Kind::Paragraph);
        ordinal
            && at_text
            && self.is_full(open, 0.2)
            && spot.zone == open.last.zone
            && gap <= self.measures.paragraph_gap(line.size())
            && !open.text.ends_with(['.', ':', '!', '?', ';'])
    }

    /// Whether the block's last line reaches the right edge, but for a share of the width.
    fn is_full(&self, open: &Open, but: f64) -> bool {
        let right = open.last.right.unwrap_or(self.measures.right);
        open.last_x1 > right - but * (right - self.measures.left)
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let page = Some(open.page);
        match open.kind {
            Kind::Heading(rank) => {
                if rank == Rank::Title && self.title.is_none() {
                    self.title = Some(open.text.clone());
                }
                self.out.heading(self.measures.level(rank), &open.text, page);
            }
            Kind::Item { marker } => {
                while self.edges.last().is_some_and(|edge| *edge > open.x0 + 4.0) {
                    self.edges.pop();
                }
                if self.edges.last().is_none_or(|edge| open.x0 > edge + 4.0) {
                    self.edges.push(open.x0);
                }
                self.out.item(self.edges.len().saturating_sub(1) as u8, &marker, &open.text, page);
            }
            Kind::Paragraph => {
                // A paragraph at the margin ends the list; one that is indented is part of the item before.
                if self.edges.first().is_some_and(|edge| open.x0 <= edge + 1.0) {
                    self.edges.clear();
                }
                self.out.paragraph(&open.text, page);
            }
        }
    }

    /// Adds a table with what follows of it on later pages; gives the index of the item after it.
    fn table(&mut self, items: &[Item], start: usize) -> usize {
        self.close();
        let Item::Table(first) = &items[start] else {
            return start + 1;
        };
        let head = first.rows.first().cloned().unwrap_or_default();
        let mut rows: Vec<Row> =
            first.rows.iter().map(|cells| Row { cells: cells.clone(), page: Some(first.page) }).collect();
        let mut last = first;
        let mut repeated = false;
        let mut next = start + 1;
        while let Some(Item::Table(table)) = items.get(next)
            && table.page == last.page + 1
            && same_columns(&table.columns, &first.columns)
        {
            let mut more = table.rows.as_slice();
            if more.first() == Some(&head) && more.len() > 1 {
                repeated = true;
                more = &more[1..];
            }
            for (index, cells) in more.iter().enumerate() {
                match rows.last_mut() {
                    // The rest of a row that was cut by the page's end.
                    Some(row) if index == 0 && row.cells.len() == cells.len() && is_rest_of_row(cells) => {
                        for (cell, rest) in row.cells.iter_mut().zip(cells).filter(|(_, rest)| !rest.is_empty()) {
                            append_cell_line(cell, rest);
                        }
                    }
                    _ => rows.push(Row { cells: cells.clone(), page: Some(table.page) }),
                }
            }
            last = table;
            next += 1;
        }
        for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
            *cell = mend_cell(cell, &self.vocabulary, &self.running);
        }
        let marked = (first.bold_head || repeated) && rows.len() > 1;
        let header = marked.then(|| rows.remove(0).cells);
        self.out.table(header, rows);
        next
    }
}

/// Whether the first row on a page is what is left of the last row on the page before.
fn is_rest_of_row(cells: &[String]) -> bool {
    let begins_low =
        cells.iter().find(|cell| !cell.is_empty()).is_some_and(|cell| cell.starts_with(char::is_lowercase));
    cells.first().is_some_and(String::is_empty) || (begins_low && cells.iter().any(String::is_empty))
}

fn same_columns(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 8.0)
}
