//! Which parts of a page are tables drawn with rules?
//!
//! Rules that touch each other form a grid; words fall into its cells. Not here: tables without rules
//! ([`super::columns`]) and what the first row means ([`super::super::collect`]).

use std::collections::HashSet;

use super::ink::Rule;
use super::words::{Page, Word, join, lines};

/// Rules nearer than this are one.
const NEAR: f64 = 2.5;

/// A table on a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Table {
    /// Upper and lower edge.
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// The columns' left edges and the last one's right edge.
    pub(super) columns: Vec<f64>,
    /// Texts of the cells.
    pub(super) rows: Vec<Vec<String>>,
    /// Whether the first row is set in bold and the others are not.
    pub(super) bold_head: bool,
    /// Page that it stands on.
    pub(super) page: u32,
}

#[derive(Debug, Default)]
struct Grid {
    across: Vec<Rule>,
    down: Vec<Rule>,
}

/// Takes the ruled tables out of the page's words.
pub(super) fn take_tables(page: &mut Page) -> Vec<Table> {
    let mut tables = Vec::new();
    for grid in grids(&page.rules) {
        if let Some(table) = fill(&grid, page) {
            tables.push(table);
        }
    }
    tables
}

/// Groups rules that touch. Rows that only have rules between them belong together if their rules begin and end alike.
fn grids(rules: &[Rule]) -> Vec<Grid> {
    let rules: Vec<Rule> =
        rules.iter().copied().filter(|rule| rule.x1 - rule.x0 > 4.0 || rule.y1 - rule.y0 > 4.0).collect();
    let mut group: Vec<usize> = (0..rules.len()).collect();
    unite(&rules, &mut group, |first, second| touch(&rules[first], &rules[second]));
    let upright: HashSet<usize> =
        rules.iter().zip(&group).filter(|(rule, _)| !is_flat(rule)).map(|(_, name)| *name).collect();
    let bare: Vec<bool> = group.iter().map(|name| !upright.contains(name)).collect();
    unite(&rules, &mut group, |first, second| bare[first] && bare[second] && in_step(&rules[first], &rules[second]));
    let mut names: Vec<usize> = group.clone();
    names.sort_unstable();
    names.dedup();
    let of = |name: usize, flat: bool| -> Vec<Rule> {
        let members = rules.iter().zip(&group).filter(|(_, member)| **member == name).map(|(rule, _)| *rule);
        members.filter(|rule| is_flat(rule) == flat).collect()
    };
    names
        .into_iter()
        .map(|name| Grid { across: of(name, true), down: of(name, false) })
        .filter(|grid| grid.across.len() > 1)
        .collect()
}

/// Gives the same name to all rules that belong together.
fn unite(rules: &[Rule], group: &mut [usize], together: impl Fn(usize, usize) -> bool) {
    for first in 0..rules.len() {
        for second in first + 1..rules.len() {
            if group[first] != group[second] && together(first, second) {
                let (old, new) = (group[second], group[first]);
                for member in group.iter_mut().filter(|member| **member == old) {
                    *member = new;
                }
            }
        }
    }
}

fn is_flat(rule: &Rule) -> bool {
    rule.x1 - rule.x0 > rule.y1 - rule.y0
}

fn touch(a: &Rule, b: &Rule) -> bool {
    a.x0 <= b.x1 + NEAR && b.x0 <= a.x1 + NEAR && a.y0 <= b.y1 + NEAR && b.y0 <= a.y1 + NEAR
}

/// Two level rules of the same length under each other, a row apart.
fn in_step(a: &Rule, b: &Rule) -> bool {
    is_flat(a) && is_flat(b) && (a.x0 - b.x0).abs() < NEAR && (a.x1 - b.x1).abs() < NEAR && (a.y0 - b.y0).abs() < 110.0
}

/// Values that lie near each other become one, in ascending order.
fn distinct(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values.dedup_by(|next, kept| *next - *kept < NEAR);
    values
}

fn fill(grid: &Grid, page: &mut Page) -> Option<Table> {
    let mut edges: Vec<f64> = grid.down.iter().map(|rule| rule.x0).collect();
    // Rules that are drawn cell by cell show the columns where nothing stands between them.
    edges.extend(grid.across.iter().flat_map(|rule| [rule.x0, rule.x1]));
    let columns = distinct(edges);
    let mut levels = distinct(grid.across.iter().map(|rule| rule.y0).collect());
    levels.reverse();
    if columns.len() < 3 || levels.len() < 2 {
        return None;
    }
    // A table with rules only between its rows has its first row above the first rule.
    if grid.down.is_empty() {
        let (left, right) = (columns[0], columns[columns.len() - 1]);
        let height = (levels[0] - levels[1]).max(12.0) + 6.0;
        let above = page.words.iter().any(|word| {
            word.y > levels[0] && word.y < levels[0] + height && word.x0 >= left - NEAR && word.x1 <= right + NEAR
        });
        if above {
            levels.insert(0, levels[0] + height);
        }
    }
    let (top, bottom) = (levels[0], levels[levels.len() - 1]);
    let (mut cells, taken) = deal(grid, page, &columns, &levels);
    let bold =
        |row: &[Vec<Word>]| row.iter().flatten().all(|word| word.bold) && row.iter().any(|cell| !cell.is_empty());
    let bold_head = cells.first().is_some_and(|row| bold(row)) && cells.get(1).is_some_and(|row| !bold(row));
    cells.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let mut rows: Vec<Vec<String>> = cells.iter().map(|row| row.iter().map(|cell| cell_text(cell)).collect()).collect();
    // Columns that no row uses come from double rules.
    let used: Vec<bool> = (0..columns.len() - 1).map(|index| rows.iter().any(|row| !row[index].is_empty())).collect();
    if used.iter().filter(|used| **used).count() < 2 || rows.is_empty() {
        return None;
    }
    for row in &mut rows {
        let mut index = 0;
        row.retain(|_| {
            index += 1;
            used[index - 1]
        });
    }
    page.words = page.words.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(word, _)| word.clone()).collect();
    Some(Table { top, bottom, columns, rows, bold_head, page: page.number })
}

/// Deals the page's words to the cells of the grid; also tells which words were taken.
fn deal(grid: &Grid, page: &Page, columns: &[f64], levels: &[f64]) -> (Vec<Vec<Vec<Word>>>, Vec<bool>) {
    let mut cells = vec![vec![Vec::new(); columns.len() - 1]; levels.len() - 1];
    let mut taken = vec![false; page.words.len()];
    for (word, taken) in page.words.iter().zip(&mut taken) {
        let middle = f64::midpoint(word.x0, word.x1);
        let height = word.y + 0.3 * word.size;
        let row = levels.windows(2).position(|pair| height <= pair[0] && height > pair[1]);
        let column = columns.windows(2).position(|pair| middle >= pair[0] && middle < pair[1]);
        let (Some(mut row), Some(mut column)) = (row, column) else {
            continue;
        };
        // Without a rule between, the cell goes on from the left or from above.
        while column > 0
            && !grid.down.is_empty()
            && !is_closed_left(grid, columns[column], levels[row], levels[row + 1])
        {
            column -= 1;
        }
        while row > 0 && !is_closed_above(grid, levels[row], columns[column], columns[column + 1]) {
            row -= 1;
        }
        cells[row][column].push(word.clone());
        *taken = true;
    }
    (cells, taken)
}

fn is_closed_left(grid: &Grid, x: f64, top: f64, bottom: f64) -> bool {
    let middle = f64::midpoint(top, bottom);
    grid.down.iter().any(|rule| (rule.x0 - x).abs() < NEAR && rule.y0 <= middle && rule.y1 >= middle)
}

fn is_closed_above(grid: &Grid, y: f64, left: f64, right: f64) -> bool {
    let middle = f64::midpoint(left, right);
    grid.across.iter().any(|rule| (rule.y0 - y).abs() < NEAR && rule.x0 <= middle && rule.x1 >= middle)
}

fn cell_text(words: &[Word]) -> String {
    let mut text = String::new();
    for line in lines(words) {
        super::hyphens::append_line(&mut text, &join(&line.words), None);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, x: f64, y: f64) -> Word {
        Word { text: text.to_owned(), x0: x, x1: x + 20.0, y, size: 10.0, ..Word::default() }
    }

    fn rule(x0: f64, y0: f64, x1: f64, y1: f64) -> Rule {
        Rule { x0, y0, x1, y1 }
    }

    #[test]
    fn words_fall_into_cells() {
        let mut rules: Vec<Rule> = [100.0, 80.0, 60.0].iter().map(|&y| rule(0.0, y, 200.0, y)).collect();
        rules.extend([0.0, 100.0, 200.0].iter().map(|&x| rule(x, 60.0, x, 100.0)));
        let words = vec![
            word("a", 5.0, 85.0),
            word("b", 105.0, 85.0),
            word("c", 5.0, 65.0),
            word("d", 105.0, 65.0),
            word("utanför", 5.0, 30.0),
        ];
        let mut page = Page { number: 1, words, rules, bottom: 0.0, top: 200.0, rotation: 0 };
        let tables = take_tables(&mut page);
        assert_eq!(tables[0].rows, [["a", "b"], ["c", "d"]]);
        assert_eq!(page.words.len(), 1);
    }
}
