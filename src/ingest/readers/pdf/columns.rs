//! Which lines are a table without rules between its columns?
//!
//! Lines under each other that leave the same strips white. What the rows are is told by [`super::rows`]. Not here:
//! pages set in two columns of text ([`super::zones`]) and tables drawn with rules ([`super::grid`]).

use super::super::collect::label_line;
use super::super::marks::{list_mark, lone_mark};
use super::grid::Table;
use super::ink::Rule;
use super::rows::{self, Region};
use super::words::{Line, Word, join};
use crate::ingest::metadata::is_label;

/// Left and right edge.
type Reach = (f64, f64);

/// Widest gap between two lines of a table, in type sizes.
const MAX_LEAP: f64 = 3.4;
/// A strip this wide, in type sizes, parts columns whatever stands beside it.
const CLEAR_STRIP: f64 = 0.45;
/// A narrower strip does if it is wider than a space in some line, and a column's words begin at its edge.
const NARROW_STRIP: f64 = 0.2;
/// A line with one stretch of text wider than this share of the zone is running text.
const PROSE: f64 = 0.62;
/// More lines are not looked at for one table.
const MAX_LINES: usize = 150;
const MAX_COLUMNS: usize = 9;

/// A table that begins with the first of `lines`, and how many lines it takes. `edges` are the zone's.
pub(super) fn table_at(lines: &[&Line], rules: &[Rule], edges: (f64, f64), page: u32) -> Option<(Table, usize)> {
    let first = lines.first()?;
    if !may_begin(lines, edges.0) {
        return None;
    }
    let reach = reach(lines, edges);
    let (taken, columns) = best_columns(&lines[..reach])?;
    let lines = &lines[..taken];
    let region = Region::new(lines, &columns, rules);
    let (rows, header) = rows::rows(&region)?;
    let filled = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).count();
    let full = rows.iter().filter(|row| filled(row) > 1).count();
    let known = rows.iter().filter(|row| is_label(&row[0]) || label_line(&row[0]).is_some()).count();
    let is_table = full >= 3 || (full >= 2 && (known >= 2 || header));
    // A list's marks stand apart from its texts.
    let marks = rows.iter().filter(|row| is_mark(&row[0])).count();
    let is_list = columns.len() == 2 && marks * 2 >= rows.len();
    if !is_table || is_list {
        return None;
    }
    let mut columns: Vec<f64> = columns.iter().map(|column| column.0).collect();
    columns.push(edges.1);
    let bottom = lines.last().map_or(first.y(), |line| line.y());
    Some((Table { top: first.y(), bottom, columns, rows, bold_head: header, page }, taken))
}

fn is_mark(text: &str) -> bool {
    lone_mark(text).is_some() || list_mark(text).is_some() || text.is_empty()
}

/// A table begins with a line of several pieces, or with the upper part of a header cell above such a line.
fn may_begin(lines: &[&Line], left: f64) -> bool {
    let Some(first) = lines.first() else { return false };
    let chunks = first.chunks();
    let heads = |chunk: &&[Word]| lone_mark(&join(chunk)).is_some() || list_mark(&join(chunk)).is_some();
    if chunks.len() > 1 {
        let numbered = chunks.len() == 2
            && chunks[0].len() == 1
            && join(chunks[0]).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        return chunks.len() <= MAX_COLUMNS && !chunks.first().is_some_and(heads) && !numbered;
    }
    let middle = f64::midpoint(first.x0(), first.x1());
    let inside = first.x0() > left + 2.0 * first.size();
    // Centred header cells leave a line of others between.
    inside
        && lines.iter().skip(1).take(2).any(|below| below.chunks().len() > 1)
        && lines.iter().skip(1).take(2).any(|below| {
            let pieces = below.chunks();
            let near = first.y() - below.y() < 1.6 * below.size();
            near && pieces.iter().skip(usize::from(pieces.len() > 1)).any(|piece| {
                let (left, right) = (piece[0].x0, piece[piece.len() - 1].x1);
                (left - first.x0()).abs() < 3.0 || (f64::midpoint(left, right) - middle).abs() < 3.0
            })
        })
}

/// How many lines may belong to a table: none of them running text, none far from the one above.
fn reach(lines: &[&Line], edges: (f64, f64)) -> usize {
    let mut above = f64::INFINITY;
    let mut count = 0;
    let size = lines.first().map_or(10.0, |line| line.size());
    for line in lines.iter().take(MAX_LINES) {
        let chunks = line.chunks();
        let prose = chunks.iter().any(|chunk| chunk[chunk.len() - 1].x1 - chunk[0].x0 > PROSE * (edges.1 - edges.0));
        let heading = chunks.len() == 1 && line.size() > 1.12 * size;
        if prose || heading || above - line.y() > MAX_LEAP * line.size() && above.is_finite() {
            break;
        }
        above = line.y();
        count += 1;
    }
    count
}

/// The number of lines and the columns, as left and right edges, for which the most cells stand beside each other.
fn best_columns(lines: &[&Line]) -> Option<(usize, Vec<(f64, f64)>)> {
    let mut best: Option<(usize, usize, Vec<Reach>)> = None;
    for count in 2..=lines.len() {
        let columns = columns(&lines[..count]);
        if columns.len() < 2 {
            // More lines only fill more strips.
            break;
        }
        let beside = |line: &&Line| {
            let used = columns.iter().filter(|column| line.words.iter().any(|word| is_in(word, column))).count();
            used.saturating_sub(1)
        };
        let score: usize = lines[..count].iter().map(beside).sum();
        if columns.len() <= MAX_COLUMNS && best.as_ref().is_none_or(|best| score >= best.0) {
            best = Some((score, count, columns));
        }
    }
    let (_, mut count, columns) = best?;
    // Lines at the end with text in the first column alone may be what follows the table.
    while count > 2 {
        let (above, last) = (lines[count - 2], lines[count - 1]);
        let alone = last.words.iter().all(|word| is_in(word, &columns[0]));
        let far = above.y() - last.y() > within_rows(&lines[..count - 1]).max(1.45 * last.size());
        if !(alone && (far || last.is_bold() && !above.is_bold())) {
            break;
        }
        count -= 1;
    }
    Some((count, columns))
}

/// The distance that lines within a row keep, with some play, where rows stand further apart than that: a text may be
/// set with much air between its lines. 0 where it cannot be told.
fn within_rows(lines: &[&Line]) -> f64 {
    let size = lines.first().map_or(10.0, |line| line.size());
    let distances = || lines.windows(2).map(|pair| pair[0].y() - pair[1].y());
    let usual = distances().filter(|distance| *distance > 0.9 * size).fold(f64::INFINITY, f64::min);
    let limit = 1.12 * usual + 0.3;
    if usual < 1.9 * size && distances().any(|distance| distance > limit) { limit } else { 0.0 }
}

pub(super) fn is_in(word: &Word, column: &(f64, f64)) -> bool {
    let middle = f64::midpoint(word.x0, word.x1);
    middle >= column.0 - 1.0 && middle <= column.1 + 1.0
}

/// The columns that the white strips through all the lines leave.
fn columns(lines: &[&Line]) -> Vec<(f64, f64)> {
    let mut words: Vec<&Word> = lines.iter().flat_map(|line| &line.words).collect();
    words.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let Some(first) = words.first() else { return Vec::new() };
    let size = first.size;
    let mut out = vec![(first.x0, first.x1)];
    for word in words {
        let last = out.len() - 1;
        let (_, right) = out[last];
        if word.x0 - right > NARROW_STRIP * size && parts(lines, out[last].0, (right, word.x0), size) {
            out.push((word.x0, word.x1));
        } else {
            out[last].1 = right.max(word.x1);
        }
    }
    out
}

/// Whether the strip is the one between two columns and not a space that happens to stand under others.
fn parts(lines: &[&Line], left: f64, strip: (f64, f64), size: f64) -> bool {
    let mut widest: f64 = 0.0;
    let (mut askew, mut at_edge) = (0, 0);
    let mut spaces = Vec::new();
    for line in lines {
        for pair in line.words.windows(2) {
            let gap = pair[1].x0 - pair[0].x1;
            if pair[0].x1 <= strip.0 + 0.1 && pair[1].x0 >= strip.1 - 0.1 {
                // Only what stands in the column before shows how its lines end.
                if pair[0].x0 >= left - 0.1 && pair[1].x0 < strip.1 + 1.0 {
                    widest = widest.max(gap);
                }
            } else if gap < 0.9 * size {
                spaces.push(gap);
            }
        }
        // A word further away may belong to the column after the next.
        let after =
            line.words.iter().find(|word| word.x0 >= strip.1 - 0.1).filter(|word| word.x0 < strip.1 + 2.0 * size);
        if let Some(after) = after {
            let aligned = (after.x0 - strip.1).abs() < 1.0;
            at_edge += usize::from(aligned);
            askew += usize::from(!aligned);
        }
    }
    spaces.sort_by(f64::total_cmp);
    let space = spaces.get(spaces.len() / 2).copied().unwrap_or(0.28 * size);
    let width = strip.1 - strip.0;
    // With few lines a strip may stand open by chance.
    let clear = if lines.len() < 4 { 2.0 * CLEAR_STRIP } else { CLEAR_STRIP };
    let wide = width >= (clear * size).max(1.6 * space);
    wide || (widest >= size && at_edge >= 2 && at_edge >= 4 * askew)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(y: f64, cells: &[(&str, f64)]) -> Line {
        let words = cells.iter().flat_map(|(text, x)| {
            let mut left = *x;
            text.split(' ').map(move |part| {
                let x0 = left;
                let x1 = x0 + 5.0 * part.chars().count() as f64;
                left = x1 + 2.8;
                Word { text: part.to_owned(), x0, x1, y, size: 10.0, ..Word::default() }
            })
        });
        Line { words: words.collect() }
    }

    fn rows_of(lines: &[Line]) -> Option<(Vec<Vec<String>>, usize)> {
        let references: Vec<&Line> = lines.iter().collect();
        table_at(&references, &[], (50.0, 550.0), 1).map(|(table, taken)| (table.rows, taken))
    }

    #[test]
    fn aligned_gaps_are_columns() {
        let lines = [
            line(100.0, &[("Ansvarig", 50.0), ("MAS", 200.0)]),
            line(88.0, &[("Dnr", 50.0), ("SN 2025/1", 200.0)]),
            line(76.0, &[("Gäller från", 50.0), ("2025-03-01", 200.0)]),
            line(40.0, &[("Text som börjar här och går från vänster till höger över hela raden utan att", 50.0)]),
        ];
        let (rows, taken) = rows_of(&lines).unwrap();
        assert_eq!((taken, rows[1][1].as_str()), (3, "SN 2025/1"));
    }

    #[test]
    fn cells_go_on_where_their_text_did_not_fit() {
        let lines = [
            line(112.0, &[("Symtom", 50.0), ("Åtgärd", 200.0)]),
            line(100.0, &[("Feber", 50.0), ("Ring sjuksköterskan samma dag", 200.0)]),
            line(88.0, &[("och skriv i journalen", 200.0)]),
            line(76.0, &[("Hosta", 50.0), ("Avvakta", 200.0)]),
            line(64.0, &[("Utslag", 50.0), ("Kontakta vårdcentralen", 200.0)]),
        ];
        let (rows, taken) = rows_of(&lines).unwrap();
        assert_eq!((rows.len(), taken), (4, 5));
        assert_eq!(rows[1][1].replace('\n', " "), "Ring sjuksköterskan samma dag och skriv i journalen");
    }

    #[test]
    fn the_last_row_keeps_its_lines_where_they_stand_far_apart() {
        let lines = [
            line(230.0, &[("Steg", 50.0), ("Vem", 200.0)]),
            line(200.0, &[("Registrera en anmälan som", 50.0), ("Administratör", 200.0)]),
            line(184.5, &[("lämnas muntligt", 50.0)]),
            line(154.5, &[("Återkoppling till den som", 50.0), ("Socialsekreterare", 200.0)]),
            line(139.0, &[("lämnat anmälan", 50.0)]),
        ];
        let (rows, taken) = rows_of(&lines).unwrap();
        assert_eq!(taken, 5);
        assert_eq!(rows.last().unwrap()[0].replace('\n', " "), "Återkoppling till den som lämnat anmälan");
    }

    #[test]
    fn running_text_and_lists_are_no_tables() {
        let text =
            ["Rutinen gäller alla som", "arbetar på enheten och", "den ska vara känd av var", "och en av oss alla här"];
        let prose: Vec<Line> =
            text.iter().enumerate().map(|(row, text)| line(100.0 - 12.0 * row as f64, &[(text, 50.0)])).collect();
        assert!(rows_of(&prose).is_none());
        let list: Vec<Line> =
            (0..4).map(|row| line(100.0 - 12.0 * f64::from(row), &[("•", 50.0), ("Ring", 70.0)])).collect();
        assert!(rows_of(&list).is_none());
    }
}
