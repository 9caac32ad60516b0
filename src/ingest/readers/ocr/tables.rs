//! Which cells do words stand in: between the lines of a table, or in columns that wide gaps part?
//!
//! Not here: finding the lines ([`super::picture`]).

use super::layout::joined;
use super::lines::Line;
use super::picture::Grid;
use super::words::Word;

/// Row and column of the cell that a word stands in.
pub(super) fn place(grid: &Grid, word: &Word) -> Option<(usize, usize)> {
    let (x, y) = word.area.centre();
    let between = |places: &[usize], at: usize| places.windows(2).position(|pair| pair[0] <= at && at < pair[1]);
    Some((between(&grid.rows, y)?, between(&grid.columns, x)?))
}

/// The rows of a table, without empty ones.
pub(super) fn cells(grid: &Grid, words: &[&Word]) -> Vec<Vec<String>> {
    let columns = grid.columns.len().saturating_sub(1);
    let mut sorted: Vec<Vec<Vec<&Word>>> = vec![vec![Vec::new(); columns]; grid.rows.len().saturating_sub(1)];
    for word in words {
        if let Some((row, column)) = place(grid, word) {
            sorted[row][column].push(word);
        }
    }
    let text = |mut words: Vec<&Word>| {
        words.sort_by_key(|word| word.area.centre().1);
        // Words of one line, then the next line: tesseract may have read across the cells.
        let mut lines: Vec<Vec<&Word>> = Vec::new();
        for word in words {
            match lines.last_mut() {
                Some(line)
                    if line.last().is_some_and(|last| {
                        word.area.centre().1.abs_diff(last.area.centre().1) * 2 < (word.size + last.size) as usize / 2
                    }) =>
                {
                    line.push(word);
                }
                _ => lines.push(vec![word]),
            }
        }
        let mut texts = Vec::new();
        for line in &mut lines {
            line.sort_by_key(|word| word.area.left);
            texts.push(line.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "));
        }
        joined(&texts)
    };
    let rows = sorted.into_iter().map(|row| row.into_iter().map(text).collect::<Vec<String>>());
    rows.filter(|row| row.iter().any(|cell| !cell.is_empty())).collect()
}

/// Two lines or more that fall into the same columns, parted by wide gaps.
pub(super) fn gapped_table(lines: &[Line]) -> Option<(Vec<Vec<String>>, usize)> {
    let cells_of = |line: &Line| -> Vec<(usize, String)> {
        let mut cells: Vec<(usize, String)> = Vec::new();
        let mut right = 0;
        for word in &line.words {
            match cells.last_mut() {
                Some((_, text)) if (word.area.left as f32) < right as f32 + line.size * 1.6 => {
                    text.push(' ');
                    text.push_str(&word.text);
                }
                _ => cells.push((word.area.left, word.text.clone())),
            }
            right = word.area.right();
        }
        cells
    };
    let first = cells_of(lines.first()?);
    let mut rows: Vec<Vec<(usize, String)>> = vec![first];
    for line in &lines[1..] {
        let cells = cells_of(line);
        let fits = cells.len() == rows[0].len()
            && cells.iter().zip(&rows[0]).all(|(cell, head)| cell.0.abs_diff(head.0) as f32 <= line.size);
        if !fits {
            break;
        }
        rows.push(cells);
    }
    let columns = rows[0].len();
    // Two columns of running text look the same but for their long lines.
    let prose = rows.iter().flatten().filter(|(_, text)| text.chars().count() > 42).count() * 2 > rows.len() * columns;
    (columns >= 2 && rows.len() >= 2 && !prose).then(|| {
        let taken = rows.len();
        (rows.into_iter().map(|row| row.into_iter().map(|(_, text)| text).collect()).collect(), taken)
    })
}
