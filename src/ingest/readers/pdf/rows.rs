//! Which lines of a table without rules make up one row?
//!
//! A cell goes on in the next line if the next word had no room left in the line above. Where cells are centred in
//! their rows, as browsers do, the rows are told apart by the white between them. Not here: what the columns are
//! ([`super::columns`]).

use super::columns::is_in;
use super::hyphens::append_cell_line;
use super::ink::Rule;
use super::words::{Line, Word, join};

/// More lines than this are no header.
const MAX_HEADER: usize = 5;

/// The lines of a table.
pub(super) struct Region<'a> {
    columns: &'a [(f64, f64)],
    /// For each line its height and its words in each column.
    lines: Vec<(f64, Vec<Vec<Word>>)>,
    /// Heights of the rules across it.
    rules: Vec<f64>,
    size: f64,
}

impl<'a> Region<'a> {
    pub(super) fn new(lines: &[&Line], columns: &'a [(f64, f64)], rules: &[Rule]) -> Self {
        let (left, right) =
            (columns.first().map_or(0.0, |column| column.0), columns.last().map_or(0.0, |column| column.1));
        let inside = |rule: &&Rule| {
            let flat = rule.y1 - rule.y0 < 1.0 && rule.x1 - rule.x0 > 10.0;
            flat && rule.x0 < right && rule.x1 > left
        };
        let cells = |line: &Line| {
            let column = |column| line.words.iter().filter(|word| is_in(word, column)).cloned().collect();
            columns.iter().map(column).collect()
        };
        let mut sizes: Vec<f64> = lines.iter().map(|line| line.size()).collect();
        sizes.sort_by(f64::total_cmp);
        Self {
            columns,
            lines: lines.iter().map(|line| (line.y(), cells(line))).collect(),
            rules: rules.iter().filter(inside).map(|rule| rule.y0).collect(),
            size: sizes.get(sizes.len() / 2).copied().unwrap_or(10.0),
        }
    }

    fn is_ruled_between(&self, above: usize, below: usize) -> bool {
        let (top, bottom) = (self.lines[above].0, self.lines[below].0);
        self.rules.iter().any(|rule| *rule < top && *rule > bottom)
    }

    /// Number of lines that the header takes: those above the first rule, or those in bold.
    fn header(&self) -> usize {
        let lines = self.lines.len();
        let ruled = (1..lines.min(MAX_HEADER + 1)).find(|index| self.is_ruled_between(index - 1, *index));
        if let Some(ruled) = ruled {
            return ruled;
        }
        let bold = |line: &&(f64, Vec<Vec<Word>>)| line.1.iter().flatten().all(|word| word.bold);
        let count = self.lines.iter().take_while(bold).count();
        if count < lines && count <= MAX_HEADER { count } else { 0 }
    }

    /// Whether cells of one row stand at heights that are not each other's.
    fn is_centred(&self) -> bool {
        self.lines.windows(2).any(|pair| pair[0].0 - pair[1].0 < 0.8 * self.size)
    }

    /// Whether the first word of `next` would have had room behind `last` in the column.
    fn had_room(&self, column: usize, last: &[Word], next: &[Word]) -> bool {
        let (Some(start), Some(end), Some(word)) = (last.first(), last.last(), next.first()) else { return false };
        let (left, right) = self.columns[column];
        let limit = self.columns.get(column + 1).map_or(right, |next| right.max(next.0 - self.size)) - left;
        end.x1 - start.x0 + 0.22 * self.size + (word.x1 - word.x0) < limit - 0.1 * self.size
    }
}

/// The texts of the rows, and whether the first is a header for certain; `None` if they cannot be told.
pub(super) fn rows(region: &Region) -> Option<(Vec<Vec<String>>, bool)> {
    let header = region.header();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    if header > 0 {
        groups.push((0..header).collect());
    }
    let body: Vec<usize> = (header..region.lines.len()).collect();
    let rows = if region.is_centred() {
        let mut rows = text_of_groups(region, &groups);
        rows.extend(centred(region, &body));
        rows
    } else {
        groups.extend(by_room(region, &body));
        text_of_groups(region, &groups)
    };
    let rows: Vec<Vec<String>> = rows.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    let is_header = header > 0 && rows.len() > 1;
    (!rows.is_empty()).then_some((rows, is_header))
}

fn text_of_groups(region: &Region, groups: &[Vec<usize>]) -> Vec<Vec<String>> {
    let cell = |group: &Vec<usize>, column: usize| {
        let mut text = String::new();
        for index in group {
            append_cell_line(&mut text, &join(&region.lines[*index].1[column]));
        }
        text
    };
    groups.iter().map(|group| (0..region.columns.len()).map(|column| cell(group, column)).collect()).collect()
}

/// Rows whose cells all begin at the top.
fn by_room(region: &Region, body: &[usize]) -> Vec<Vec<usize>> {
    let mut distances: Vec<f64> =
        body.windows(2).map(|pair| region.lines[pair[0]].0 - region.lines[pair[1]].0).collect();
    distances.sort_by(f64::total_cmp);
    let Some(&least) = distances.first() else { return split(region, body, None) };
    let leap = 1.12 * least + 0.3;
    // Rows that stand further apart than their lines are told by that; without lines within rows there is no telling.
    let apart = distances.iter().filter(|distance| **distance > leap).count();
    let spaced = least < 1.45 * region.size && apart > 0 && apart * 5 >= body.len();
    split(region, body, spaced.then_some(leap))
}

/// Parts the lines into rows: at distances over `leap`, or where the words of a line had room in the line above.
fn split(region: &Region, body: &[usize], leap: Option<f64>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    // The last line of each column in the open row.
    let mut open: Vec<Option<usize>> = vec![None; region.columns.len()];
    for &index in body {
        let (y, cells) = &region.lines[index];
        let begins = groups.last().and_then(|group| group.last()).is_none_or(|&above| {
            let filled = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            let fresh = |(column, cell): (usize, &Vec<Word>)| match open[column] {
                Some(last) => region.had_room(column, &region.lines[last].1[column], cell),
                None => true,
            };
            // A row's first cell begins with a capital or a number, the rest of a cell hardly ever.
            let capital = |cell: &Vec<Word>| {
                cell.first()
                    .is_some_and(|word| word.text.starts_with(|one: char| one.is_uppercase() || one.is_numeric()))
            };
            let starts = filled.clone().count() > 1 && cells.first().is_some_and(capital);
            match leap {
                _ if region.is_ruled_between(above, index) => true,
                Some(leap) => region.lines[above].0 - y > leap,
                None => (starts || filled.clone().any(fresh)) && !only_goes_on(&open, cells),
            }
        });
        if begins {
            groups.push(Vec::new());
            open.fill(None);
        }
        for (column, _) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            open[column] = Some(index);
        }
        if let Some(group) = groups.last_mut() {
            group.push(index);
        }
    }
    groups
}

/// Whether the line has nothing in the first column and begins in lower case: the rest of a cell, though it had room.
fn only_goes_on(open: &[Option<usize>], cells: &[Vec<Word>]) -> bool {
    let first_empty = cells.first().is_some_and(Vec::is_empty) && open.first().is_some_and(Option::is_some);
    let low = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()).all(|(column, cell)| {
        let begins_low = cell[0].text.starts_with(char::is_lowercase);
        begins_low || open[column].is_some()
    });
    first_empty && low
}

/// A cell whose place is known before its row is.
struct Cell {
    column: usize,
    top: f64,
    bottom: f64,
    text: String,
}

/// Rows whose cells stand in their middle: cells of one row overlap in height, those of different rows do not.
fn centred(region: &Region, body: &[usize]) -> Vec<Vec<String>> {
    let mut cells: Vec<Cell> = Vec::new();
    let column_lines = |column: usize| -> Vec<(f64, &Vec<Word>)> {
        let lines = body.iter().map(|index| (region.lines[*index].0, &region.lines[*index].1[column]));
        lines.filter(|(_, words)| !words.is_empty()).collect()
    };
    let mut least = f64::INFINITY;
    for column in 0..region.columns.len() {
        for pair in column_lines(column).windows(2) {
            let distance = pair[0].0 - pair[1].0;
            if distance > 0.9 * region.size {
                least = least.min(distance);
            }
        }
    }
    let leap = 1.12 * least + 0.3;
    for column in 0..region.columns.len() {
        let mut above = f64::INFINITY;
        for (y, words) in column_lines(column) {
            let text = join(words);
            match cells.last_mut() {
                Some(cell) if cell.column == column && above - y <= leap => {
                    append_cell_line(&mut cell.text, &text);
                    cell.bottom = y - 0.15 * region.size;
                }
                _ => cells.push(Cell { column, top: y + 0.6 * region.size, bottom: y - 0.15 * region.size, text }),
            }
            above = y;
        }
    }
    cells.sort_by(|a, b| b.top.total_cmp(&a.top));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut bottom = f64::INFINITY;
    for cell in cells {
        if rows.is_empty() || cell.top < bottom {
            rows.push(vec![String::new(); region.columns.len()]);
            bottom = cell.bottom;
        }
        bottom = bottom.min(cell.bottom);
        if let Some(slot) = rows.last_mut().and_then(|row| row.get_mut(cell.column)) {
            append_cell_line(slot, &cell.text);
        }
    }
    rows
}
