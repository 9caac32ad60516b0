//! Which lines are a table without rules?
//!
//! Lines under each other that are cut by wide gaps at the same places. Not here: pages set in two columns of text,
//! which are read line by line across.

use super::super::collect::label_line;
use super::super::marks::{list_mark, lone_mark};
use super::grid::Table;
use super::words::{CHUNK_GAP, Line, Word, join};
use crate::ingest::metadata::is_label;

/// How far a cell may begin from its column's edge.
const ALIGNED: f64 = 6.0;

/// A table that begins with the first of `lines`, and how many lines it takes.
pub(super) fn table_at(lines: &[&Line], page: u32) -> Option<(Table, usize)> {
    let first = lines.first()?;
    let head = first.chunks();
    let starts_list = head.first().is_some_and(|chunk| {
        let text = join(chunk);
        lone_mark(&text).is_some()
            || list_mark(&text).is_some()
            || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    });
    if head.len() < 2 || head.len() > 8 || starts_list {
        return None;
    }
    let columns: Vec<f64> = head.iter().map(|chunk| chunk[0].x0).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut taken = 0;
    let mut full = 0;
    let mut above = first.y();
    for (index, line) in lines.iter().enumerate() {
        let Some(cells) = place(line, &columns) else { break };
        if above - line.y() > 3.2 * line.size() {
            break;
        }
        let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
        let alone = filled == 1 && !cells[0].is_empty();
        let more_below = lines
            .get(index + 1)
            .and_then(|next| place(next, &columns))
            .is_some_and(|next| next.iter().filter(|cell| !cell.is_empty()).count() > 1);
        if alone && (!more_below || line.x1() > columns[1]) {
            break;
        }
        if cells[0].is_empty() || (alone && above - line.y() < 1.35 * line.size()) {
            if let Some(row) = rows.last_mut() {
                for (cell, more) in row.iter_mut().zip(&cells).filter(|(_, more)| !more.is_empty()) {
                    super::hyphens::append_line(cell, more, None);
                }
            }
        } else {
            full += usize::from(filled > 1);
            rows.push(cells);
        }
        above = line.y();
        taken = index + 1;
    }
    let known = rows.iter().filter(|row| is_label(&row[0]) || label_line(&row[0]).is_some()).count();
    let is_table = full >= 3 || (full >= 2 && known >= 2);
    let table = Table { top: first.y(), bottom: above, columns, rows, bold_head: false, page };
    is_table.then_some((table, taken))
}

/// The line's pieces in their columns, or `None` if a piece begins elsewhere.
fn place(line: &Line, columns: &[f64]) -> Option<Vec<String>> {
    let mut cells: Vec<Vec<Word>> = vec![Vec::new(); columns.len()];
    let mut current: Option<(usize, f64)> = None;
    for word in &line.words {
        let gap = current.map_or(f64::INFINITY, |(_, right)| word.x0 - right);
        let edge = columns.iter().position(|edge| (edge - word.x0).abs() <= ALIGNED);
        let column = match (current, edge) {
            (Some((column, _)), Some(edge)) if edge > column && gap > 0.45 * word.size => edge,
            (Some((column, _)), _) if gap <= CHUNK_GAP * word.size => column,
            (_, edge) => edge?,
        };
        cells[column].push(word.clone());
        current = Some((column, word.x1));
    }
    Some(cells.iter().map(|cell| join(cell)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(y: f64, cells: &[(&str, f64)]) -> Line {
        let words = cells.iter().map(|(text, x)| Word {
            text: (*text).to_owned(),
            x0: *x,
            x1: x + 40.0,
            y,
            size: 10.0,
            ..Word::default()
        });
        Line { words: words.collect() }
    }

    #[test]
    fn aligned_gaps_are_columns() {
        let lines = [
            line(100.0, &[("Ansvarig", 50.0), ("MAS", 200.0)]),
            line(88.0, &[("Dnr", 50.0), ("SN", 200.0)]),
            line(76.0, &[("2025/1", 200.0)]),
            line(40.0, &[("Text", 50.0)]),
        ];
        let references: Vec<&Line> = lines.iter().collect();
        let (table, taken) = table_at(&references, 1).unwrap();
        assert_eq!((taken, table.rows[1][1].as_str()), (3, "SN 2025/1"));
    }
}
