//! Where does a table begin and end that has rules between its rows only?
//!
//! Text that reaches over the ends of a cell's rule stands between two tables; a header row stands above the first
//! rule. Not here: tables with rules between their columns ([`super::grid`]).

use super::grid::{Grid, NEAR, distinct};
use super::words::{Line, SPACE, Word, lines};

/// More lines are no header row.
const MAX_HEAD: usize = 5;
/// A line this many times as large as the row below it belongs to no table.
const LARGER: f64 = 1.15;

/// Cuts a grid of bare rules where running text stands between them.
pub(super) fn parts(grid: Grid, words: &[Word]) -> Vec<Grid> {
    if !grid.down.is_empty() {
        return vec![grid];
    }
    let mut levels = distinct(grid.across.iter().map(|rule| rule.y0).collect());
    levels.reverse();
    let mut cuts = Vec::new();
    for pair in levels.windows(2) {
        let ends = grid.across.iter().filter(|rule| (rule.y0 - pair[0]).abs() < NEAR);
        let ends = distinct(ends.flat_map(|rule| [rule.x0, rule.x1]).collect());
        let between: Vec<Word> = words.iter().filter(|word| word.y < pair[0] && word.y > pair[1]).cloned().collect();
        if lines(&between).iter().any(|line| crosses(line, &ends)) {
            cuts.push(f64::midpoint(pair[0], pair[1]));
        }
    }
    let mut out = Vec::new();
    let mut rest = grid.across;
    for cut in cuts {
        let (above, below) = rest.into_iter().partition(|rule| rule.y0 > cut);
        out.push(Grid { across: above, down: Vec::new() });
        rest = below;
    }
    out.push(Grid { across: rest, down: Vec::new() });
    out
}

/// Whether a stretch of the line reaches over one of the inner edges.
fn crosses(line: &Line, edges: &[f64]) -> bool {
    let [_, inner @ .., _] = edges else { return false };
    line.cut_at(SPACE)
        .any(|piece| inner.iter().any(|edge| piece[0].x0 < edge - 3.0 && piece[piece.len() - 1].x1 > edge + 3.0))
}

/// Whether a band between two of only a few rules holds several rows, which its rules do not tell.
pub(super) fn holds_rows(columns: &[f64], levels: &[f64], words: &[Word]) -> bool {
    let several = |pair: &[f64]| {
        let inside = words.iter().filter(|word| {
            word.y < pair[0]
                && word.y > pair[1]
                && word.x0 > columns[0] - NEAR
                && word.x1 < columns[columns.len() - 1] + NEAR
        });
        let lines = lines(&inside.cloned().collect::<Vec<Word>>());
        lines.iter().filter(|line| line.chunks().len() > 1).count() > 2
    };
    levels.len() <= 3 && levels.windows(2).any(several)
}

/// The upper edge of the header row above the first rule, if there is one.
pub(super) fn head(columns: &[f64], first: f64, words: &[Word]) -> Option<f64> {
    let (left, right) = (*columns.first()?, *columns.last()?);
    let above: Vec<Word> = words
        .iter()
        .filter(|word| word.y > first && word.x0 >= left - NEAR && word.x1 <= right + NEAR)
        .cloned()
        .collect();
    let (mut top, mut below, mut size) = (None, first, None);
    for line in lines(&above).iter().rev().take(MAX_HEAD) {
        // A heading that ends close above the table is set larger than its first row.
        let larger = line.size() > LARGER * *size.get_or_insert(line.size());
        if larger || line.y() - below > 1.7 * line.size() || crosses(line, columns) {
            break;
        }
        below = line.y();
        top = Some(line.y() + 0.8 * line.size());
    }
    top
}
