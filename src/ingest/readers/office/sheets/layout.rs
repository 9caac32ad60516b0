//! Where on a sheet are the tables, and what are their columns called?
//!
//! Empty rows part tables; a lone line above a table is its heading; the first row of short texts names the columns.
//! Rows after an empty row that are as wide as the table before go on with its columns. Not here: what the cells hold.

use std::collections::{BTreeMap, BTreeSet};

use super::SheetCell;
use crate::ingest::readers::collect::{Collector, Row};
use crate::ingest::readers::spans::{join_headers, spread};

type Cells<'a> = BTreeMap<usize, &'a SheetCell>;

/// Longest text that may be a heading.
const MAX_HEADING: usize = 100;
/// More columns than a cell is made to take by people.
const MAX_SPAN: usize = 60;
/// Longest name of a column.
const MAX_NAME: usize = 60;

/// The table that was read last.
struct Last {
    first: usize,
    end: usize,
    names: Vec<String>,
    bold: bool,
}

/// Pours a sheet into `out`. Only on the first sheet may a table hold the document's own facts.
pub(super) fn pour(
    name: &str,
    rows: &BTreeMap<usize, BTreeMap<usize, SheetCell>>,
    first_sheet: bool,
    out: &mut Collector,
) {
    out.heading(1, name, None);
    let mut blocks = Vec::new();
    for band in bands(rows) {
        part(band, &mut blocks);
    }
    let mut last: Option<Last> = None;
    let count = blocks.len();
    for (index, block) in blocks.iter().enumerate() {
        let facts_may_come = first_sheet && last.is_none();
        pour_block(block, index + 1 < count, facts_may_come, &mut last, out);
    }
}

/// Stretches of rows without an empty row between them.
fn bands(rows: &BTreeMap<usize, BTreeMap<usize, SheetCell>>) -> Vec<Vec<Cells<'_>>> {
    let mut bands: Vec<Vec<Cells<'_>>> = Vec::new();
    let mut before = None;
    for (number, row) in rows {
        let cells: Cells<'_> =
            row.iter().filter(|(_, cell)| !cell.text.trim().is_empty()).map(|(column, cell)| (*column, cell)).collect();
        if cells.is_empty() {
            continue;
        }
        match bands.last_mut().filter(|_| before.is_some_and(|before: usize| before + 1 == *number)) {
            Some(band) => band.push(cells),
            None => bands.push(vec![cells]),
        }
        before = Some(*number);
    }
    bands
}

/// Cuts a band where two tables stand side by side: an empty column, and names for two or more columns on both sides.
fn part<'a>(band: Vec<Cells<'a>>, blocks: &mut Vec<Vec<Cells<'a>>>) {
    let (first, end) = extent(&band);
    let used = used_columns(&band);
    let gap = (first + 1..end).filter(|column| !used.contains(column)).find(|column| {
        let names = band.iter().find(|row| row.len() > 1);
        let side = |from: usize, to: usize| {
            names.is_some_and(|row| {
                let cells: Vec<_> = row.range(from..to).map(|(_, cell)| *cell).collect();
                cells.len() > 1 && cells.iter().all(|cell| is_name(cell))
            })
        };
        band.len() > 1 && side(first, *column) && side(*column, end)
    });
    let Some(gap) = gap else {
        blocks.push(band);
        return;
    };
    let side = |from: usize, to: usize| -> Vec<Cells<'a>> {
        let rows = band.iter().map(|row| row.range(from..to).map(|(column, cell)| (*column, *cell)).collect());
        rows.filter(|row: &Cells<'a>| !row.is_empty()).collect()
    };
    blocks.push(side(first, gap));
    part(side(gap, end), blocks);
}

/// First column and one past the last.
fn extent(rows: &[Cells<'_>]) -> (usize, usize) {
    let first = rows.iter().filter_map(|row| row.keys().next()).min().copied().unwrap_or(0);
    let ends = rows.iter().filter_map(|row| row.iter().next_back());
    let end = ends.map(|(column, cell)| column + cell.columns.clamp(1, MAX_SPAN)).max().unwrap_or(0);
    (first, end)
}

fn pour_block(rows: &[Cells<'_>], more: bool, facts_may_come: bool, last: &mut Option<Last>, out: &mut Collector) {
    // Lone lines above the table.
    let lone = rows.iter().take_while(|row| row.len() == 1).count();
    let (lines, table) = rows.split_at(lone);
    let mut shown = "";
    for (index, line) in lines.iter().filter_map(|row| row.values().next()).enumerate() {
        if line.text == shown {
            continue;
        }
        shown = &line.text;
        let above_table = !table.is_empty() || (more && lines.len() == 1);
        if above_table && index == 0 && is_title(line) {
            out.heading(2, &line.text, None);
            if facts_may_come {
                out.set_title(&line.text);
            }
            *last = None;
        } else {
            out.paragraph(&line.text, None);
        }
    }
    if !table.is_empty() {
        pour_table(table, facts_may_come, last, out);
    }
}

fn pour_table(table: &[Cells<'_>], facts_may_come: bool, last: &mut Option<Last>, out: &mut Collector) {
    let (first, end) = extent(table);
    let columns: Vec<usize> = used_columns(table).into_iter().collect();
    let texts = |row: &Cells<'_>| -> Vec<String> {
        columns.iter().map(|column| row.get(column).map_or_else(String::new, |cell| cell.text.clone())).collect()
    };
    let plain = |rows: &[Cells<'_>]| -> Vec<Row> {
        rows.iter()
            .map(|row| match row.values().next() {
                // A lone bold or wide cell in a table heads the rows below it.
                Some(only) if row.len() == 1 && (only.bold || only.columns > 1) => {
                    Row { cells: vec![only.text.clone()], page: None }
                }
                _ => Row { cells: texts(row), page: None },
            })
            .collect()
    };
    if facts_may_come && out.facts(&plain(table)) {
        return;
    }
    let heads = header_rows(table, columns.len());
    let goes_on = last.as_ref().filter(|last| last.first <= first && end <= last.end);
    if let Some(goes_on) = goes_on
        && (heads == 0 || !is_new_header(table, goes_on, &texts(&table[0])))
    {
        let repeated = texts(&table[0]) == goes_on.names;
        let names = columns.iter().map(|column| goes_on.names.get(column - goes_on.first).cloned().unwrap_or_default());
        out.table(Some(names.collect()), plain(&table[usize::from(repeated)..]));
        return;
    }
    let headers: Vec<Vec<String>> = table[..heads]
        .iter()
        .map(|row| {
            let widths = columns.iter().map(|column| row.get(column).map_or(1, |cell| cell.columns.max(1)));
            let mut at = 0;
            let spans = widths.filter(move |width| {
                // Places that the cell to the left takes have no cell of their own.
                let own = at == 0;
                at = if own { *width - 1 } else { at - 1 };
                own
            });
            spread(&texts(row), 0, spans)
        })
        .collect();
    let names = join_headers(&headers).unwrap_or_else(|| vec![String::new(); columns.len()]);
    let mut by_place = vec![String::new(); end - first];
    for (column, name) in columns.iter().zip(&names) {
        by_place[column - first].clone_from(name);
    }
    let bold = table[0].values().all(|cell| cell.bold);
    *last = Some(Last { first, end, names: by_place, bold });
    out.table(Some(names), plain(&table[heads..]));
}

/// Columns that a cell stands in or reaches into.
fn used_columns(rows: &[Cells<'_>]) -> BTreeSet<usize> {
    let cells = rows.iter().flatten();
    cells.flat_map(|(column, cell)| *column..column + cell.columns.clamp(1, MAX_SPAN)).collect()
}

/// How many rows at the top name the columns: two where the first has cells over several columns.
fn header_rows(table: &[Cells<'_>], width: usize) -> usize {
    let names = |row: &Cells<'_>, least: usize| row.len() >= least && row.values().all(|cell| is_name(cell));
    let enough = (width * 6).div_ceil(10).max(2);
    match table {
        [upper, lower, _, ..] if upper.values().any(|cell| cell.columns > 1) => {
            let covered: usize = upper.values().map(|cell| cell.columns).sum();
            if names(upper, 1) && covered >= enough && names(lower, 2) { 2 } else { usize::from(names(upper, enough)) }
        }
        [upper, _, ..] => usize::from(names(upper, enough)),
        _ => 0,
    }
}

/// Whether the first row of a block that could go on with the table before names columns of its own.
fn is_new_header(table: &[Cells<'_>], before: &Last, texts: &[String]) -> bool {
    if texts.iter().eq(before.names.iter().filter(|name| !name.is_empty())) {
        return false;
    }
    let bold = |row: &Cells<'_>| row.values().all(|cell| cell.bold);
    if before.bold {
        return bold(&table[0]);
    }
    let stands_out = bold(&table[0]) && !table.iter().all(bold);
    stands_out || table.get(1).is_some_and(|next| next.values().any(|cell| cell.number))
}

fn is_name(cell: &SheetCell) -> bool {
    let text = cell.text.trim();
    !cell.number && text.chars().count() <= MAX_NAME && !text.ends_with('.') && text.chars().any(char::is_alphanumeric)
}

fn is_title(cell: &SheetCell) -> bool {
    let text = cell.text.trim();
    !cell.number && text.chars().count() <= MAX_HEADING && !text.ends_with(['.', ':', ',', ';', '!', '?'])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A sheet from lines of text: `|` parts cells, `*` makes bold, `>` takes the next column too, digits are numbers.
    fn read(lines: &[&str]) -> Vec<String> {
        let mut rows = BTreeMap::new();
        for (number, line) in lines.iter().enumerate() {
            let mut cells = BTreeMap::new();
            for (column, text) in line.split('|').enumerate().filter(|(_, text)| !text.trim().is_empty()) {
                let text = text.trim();
                let bold = text.starts_with('*');
                let columns = 1 + text.matches('>').count();
                let text = text.trim_matches(['*', '>']).to_owned();
                let number = text.starts_with(|character: char| character.is_ascii_digit());
                cells.insert(column, SheetCell { text, number, bold, columns });
            }
            rows.insert(number, cells);
        }
        let mut out = Collector::new();
        pour("Blad1", &rows, true, &mut out);
        let reading = out.finish().unwrap();
        let facts = reading.properties.iter().map(|(label, value)| format!("{label} = {value}"));
        facts.chain(reading.blocks.into_iter().skip(1).map(|block| block.text)).collect()
    }

    #[test]
    fn rows_after_an_empty_one_go_on_with_the_columns() {
        let found = read(&["Namn|Telefon", "Kim|1", "", "Robin|2", "", "Kod|Larm", "7|Brand"]);
        assert_eq!(found, ["Namn: Kim; Telefon: 1", "Namn: Robin; Telefon: 2", "Kod: 7; Larm: Brand"]);
    }

    #[test]
    fn a_title_its_table_and_a_remark() {
        let found =
            read(&["*Jourer>>", "Vem|Natt|Dag", "*Norr", "Kim|1|2", "Sam||3", "", "Ring växeln om ingen svarar."]);
        assert_eq!(
            found,
            ["Jourer", "Norr", "Vem: Kim; Natt: 1; Dag: 2", "Vem: Sam; Dag: 3", "Ring växeln om ingen svarar."]
        );
    }

    #[test]
    fn names_over_several_columns_join_those_below() {
        let found = read(&["Enhet|Kontakt>||Larm", "|Namn|Telefon|Kod", "Norr|Kim|1|7"]);
        assert_eq!(found, ["Enhet: Norr; Kontakt Namn: Kim; Kontakt Telefon: 1; Larm Kod: 7"]);
    }

    #[test]
    fn tables_side_by_side_are_two() {
        let found = read(&["Namn|Telefon||Kod|Larm", "Kim|1||7|Brand", "Sam|2||8|Inbrott"]);
        assert_eq!(
            found,
            ["Namn: Kim; Telefon: 1", "Namn: Sam; Telefon: 2", "Kod: 7; Larm: Brand", "Kod: 8; Larm: Inbrott"]
        );
    }

    #[test]
    fn facts_at_the_top_are_the_documents_own() {
        let found = read(&["Dokumentansvarig|Enhetschef", "Gäller från|2025-01-01", "", "Kod|Larm", "7|Brand"]);
        assert_eq!(found, ["Dokumentansvarig = Enhetschef", "Gäller från = 2025-01-01", "Kod: 7; Larm: Brand"]);
    }
}
