//! Which tables and lines does a page consist of, in reading order?
//!
//! Takes out the ruled tables, parts the rest into zones, and finds the tables without rules. Not here: what a line is
//! in the document ([`super::layout`]).

use super::columns;
use super::grid::{self, Table};
use super::words::{Line, Page, lines};
use super::zones::{Zone, zones};

/// Something on a page.
pub(super) enum Item {
    /// A line, where it stands, and its distance to the line above, which is infinite for a zone's first.
    Line {
        line: Line,
        spot: Spot,
        gap: f64,
    },
    Table(Table),
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub(super) page: u32,
    /// Running number of the zone in the document.
    pub(super) zone: usize,
    /// Right edge of the column, if the line stands in one.
    pub(super) right: Option<f64>,
}

/// The document's tables and lines. Columns are moved to the page's left edge, so that indents can be compared.
pub(super) fn items(pages: &[Page]) -> Vec<Item> {
    let mut out = Vec::new();
    let mut count = 0;
    for page in pages {
        let mut rest = Page { words: page.words.clone(), rules: page.rules.clone(), ..*page };
        let left = rest.words.iter().map(|word| word.x0).fold(f64::INFINITY, f64::min);
        let tables = grid::take_tables(&mut rest);
        for mut zone in zones(rest.words, tables) {
            let mut right = None;
            if let Some((from, to)) = zone.column {
                let shift = from - left;
                for word in &mut zone.words {
                    word.x0 -= shift;
                    word.x1 -= shift;
                }
                right = Some(to - shift);
            }
            out.extend(zone_items(zone, Spot { page: page.number, zone: count, right }));
            count += 1;
        }
    }
    out
}

/// A zone's tables and lines from the top down.
fn zone_items(zone: Zone, spot: Spot) -> Vec<Item> {
    let lines = lines(&zone.words);
    let mut placed: Vec<(f64, Item)> = zone.tables.into_iter().map(|table| (table.top, Item::Table(table))).collect();
    let references: Vec<&Line> = lines.iter().collect();
    let mut index = 0;
    let mut above: Option<f64> = None;
    while let Some(line) = references.get(index) {
        // A ruled table between two lines must not be jumped over.
        let until = placed
            .iter()
            .filter(|(top, item)| matches!(item, Item::Table(_)) && *top < line.y())
            .map(|(top, _)| *top)
            .fold(f64::MIN, f64::max);
        let reach = references[index..].iter().take_while(|next| next.y() > until).count();
        if let Some((table, taken)) = columns::table_at(&references[index..index + reach], spot.page) {
            above = Some(table.bottom);
            placed.push((line.y(), Item::Table(table)));
            index += taken;
            continue;
        }
        let gap = above.map_or(f64::INFINITY, |above| above - line.y());
        above = Some(line.y());
        placed.push((line.y(), Item::Line { line: (*line).clone(), spot, gap }));
        index += 1;
    }
    placed.sort_by(|a, b| b.0.total_cmp(&a.0));
    placed.into_iter().map(|(_, item)| item).collect()
}
