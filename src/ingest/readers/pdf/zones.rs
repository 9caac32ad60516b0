//! In which order are the parts of a page read?
//!
//! Finds text that is set in columns: a white strip between two blocks of running text. What stands above and below
//! and reaches across is read by itself. Not here: tables, whose columns are read across ([`super::grid`],
//! [`super::columns`]).

use super::grid::Table;
use super::words::{Line, SPACE, Word, lines};

/// A part of a page that is read from its top to its end before the next.
#[derive(Debug, Default)]
pub(super) struct Zone {
    pub(super) words: Vec<Word>,
    pub(super) tables: Vec<Table>,
    /// Left and right edge, for a column; `None` for text as wide as the page.
    pub(super) column: Option<(f64, f64)>,
}

/// A white strip between columns.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Gutter {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Number of lines on the side that has fewer.
    lines: usize,
}

/// Narrowest strip between columns, in points.
const LEAST_GUTTER: f64 = 7.0;
/// Fewest lines that a column has.
const LEAST_LINES: usize = 4;
/// Lines of running text under each other that show a column.
const LEAST_PROSE: usize = 3;
/// Strips are looked for at no more places than this, which is enough for a page of five metres.
const MAX_STEPS: f64 = 5_000.0;
/// A page is not cut more often than this.
const MAX_DEPTH: usize = 6;

/// Parts the page's words and tables into zones in reading order.
pub(super) fn zones(words: Vec<Word>, tables: Vec<Table>) -> Vec<Zone> {
    let mut out = Vec::new();
    part(Zone { words, tables, column: None }, MAX_DEPTH, &mut out);
    out
}

fn part(zone: Zone, depth: usize, out: &mut Vec<Zone>) {
    let gutter = if depth == 0 { None } else { find(&zone) };
    let Some(gutter) = gutter else {
        if !zone.words.is_empty() || !zone.tables.is_empty() {
            out.push(zone);
        }
        return;
    };
    let middle = f64::midpoint(gutter.left, gutter.right);
    let mut parts: [Zone; 4] = Default::default();
    let (x0, x1) = extent(&zone.words);
    parts[0].column = zone.column;
    parts[1].column = Some((x0, gutter.left));
    parts[2].column = Some((gutter.right, x1));
    parts[3].column = zone.column;
    let place = |x: f64, y: f64| match (y >= gutter.top, y <= gutter.bottom, x < middle) {
        (true, ..) => 0,
        (_, true, _) => 3,
        (_, _, true) => 1,
        _ => 2,
    };
    for word in zone.words {
        parts[place(word.x0, word.y)].words.push(word);
    }
    for table in zone.tables {
        parts[place(table.columns.first().copied().unwrap_or(0.0), table.top)].tables.push(table);
    }
    for piece in parts {
        part(piece, depth - 1, out);
    }
}

/// Left and right edge of the words together.
pub(super) fn extent(words: &[Word]) -> (f64, f64) {
    words.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), word| (low.min(word.x0), high.max(word.x1)))
}

/// A stretch of a line without gaps, or a table.
struct Piece {
    x0: f64,
    x1: f64,
    top: f64,
    bottom: f64,
}

fn pieces(zone: &Zone, lines: &[Line]) -> Vec<Piece> {
    let mut out = Vec::new();
    for line in lines {
        for words in line.cut_at(SPACE) {
            let (x0, x1) = extent(words);
            let y = line.y();
            out.push(Piece { x0, x1, top: y + 0.6 * line.size(), bottom: y - 0.2 * line.size() });
        }
    }
    out.extend(zone.tables.iter().map(|table| Piece {
        x0: table.columns.first().copied().unwrap_or(0.0),
        x1: table.columns.last().copied().unwrap_or(0.0),
        top: table.top,
        bottom: table.bottom,
    }));
    out
}

/// The strip with the most lines beside it.
fn find(zone: &Zone) -> Option<Gutter> {
    if zone.words.len() < 4 * LEAST_LINES {
        return None;
    }
    let lines = lines(&zone.words);
    let pieces = pieces(zone, &lines);
    let (x0, x1) = extent(&zone.words);
    let mut best: Option<Gutter> = None;
    let mut tested: Vec<Gutter> = Vec::new();
    // Whatever the file says where its words stand, the page is crossed in so many steps.
    let step = f64::max(3.0, (x1 - x0) / MAX_STEPS);
    let mut x = x0 + 0.15 * (x1 - x0);
    while x < x1 - 0.15 * (x1 - x0) {
        for gutter in strips(&pieces, x) {
            // One strip lies under many x, and testing it may mean looking for strips beside it, again and again.
            if tested.contains(&gutter) {
                continue;
            }
            tested.push(gutter);
            if best.is_none_or(|best| gutter.lines > best.lines) && is_text(zone, gutter) {
                best = Some(gutter);
            }
        }
        x += step;
    }
    best
}

/// Strips through `x`, one for each stretch of the page where nothing crosses it.
fn strips(pieces: &[Piece], x: f64) -> Vec<Gutter> {
    let mut crossing: Vec<(f64, f64)> =
        pieces.iter().filter(|piece| piece.x0 < x && piece.x1 > x).map(|piece| (piece.top, piece.bottom)).collect();
    crossing.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut bounds = vec![f64::INFINITY];
    let mut out = Vec::new();
    for (top, bottom) in crossing {
        bounds.push(top);
        bounds.push(bottom);
    }
    bounds.push(f64::NEG_INFINITY);
    for pair in bounds.chunks_exact(2) {
        let (top, bottom) = (pair[0], pair[1]);
        let mut gutter = Gutter { left: f64::NEG_INFINITY, right: f64::INFINITY, top, bottom, lines: 0 };
        let (mut before, mut after) = (0, 0);
        for piece in pieces.iter().filter(|piece| piece.top <= top && piece.bottom >= bottom) {
            if piece.x1 <= x {
                gutter.left = gutter.left.max(piece.x1);
                before += 1;
            } else {
                gutter.right = gutter.right.min(piece.x0);
                after += 1;
            }
        }
        gutter.lines = before.min(after);
        if gutter.lines >= LEAST_LINES && gutter.right - gutter.left >= LEAST_GUTTER {
            out.push(gutter);
        }
    }
    out
}

/// Whether running text stands on both sides, and not the cells of a table.
fn is_text(zone: &Zone, gutter: Gutter) -> bool {
    let inside = |word: &&Word| word.y < gutter.top && word.y > gutter.bottom;
    let middle = f64::midpoint(gutter.left, gutter.right);
    let (left, right): (Vec<Word>, Vec<Word>) =
        zone.words.iter().filter(inside).cloned().partition(|word| word.x0 < middle);
    let sides = [lines(&left), lines(&right)];
    // What stands above or below the other side says nothing of the strip.
    let top = sides.iter().filter_map(|side| side.first()).map(Line::y).fold(f64::INFINITY, f64::min);
    let bottom = sides.iter().filter_map(|side| side.last()).map(Line::y).fold(f64::NEG_INFINITY, f64::max);
    sides.iter().all(|side| runs(side) || holds_prose(side, bottom, top)) && !starts_together(&sides)
}

/// Whether the lines are running text: several words each, most of them as wide as the column.
fn runs(side: &[Line]) -> bool {
    if side.len() < LEAST_LINES {
        return false;
    }
    let words: usize = side.iter().map(|line| line.words.len()).sum();
    let reach = reach(side);
    let full = side.iter().filter(|line| is_full(line, reach)).count();
    let gapped = side.iter().filter(|line| is_gapped(line)).count();
    let text = words as f64 >= 3.0 * side.len() as f64 && full * 5 >= side.len() * 2 && gapped * 5 <= side.len();
    // Three columns: the other strip lies within this side.
    text || (gapped * 2 > side.len() && {
        let words = side.iter().flat_map(|line| line.words.iter().cloned()).collect();
        find(&Zone { words, ..Zone::default() }).is_some()
    })
}

/// Whether some lines under each other are running text, though a table or a list stands in the column as well. Only
/// lines at heights from `bottom` to `top` count.
fn holds_prose(side: &[Line], bottom: f64, top: f64) -> bool {
    let reach = reach(side);
    let is_prose = |line: &Line| {
        let inside = line.y() >= bottom - 1.0 && line.y() <= top + 1.0;
        inside && is_full(line, reach) && !is_gapped(line) && line.words.len() >= 4
    };
    side.chunk_by(|first, second| is_prose(first) == is_prose(second))
        .any(|lines| lines.len() >= LEAST_PROSE && is_prose(&lines[0]))
}

/// Left and right edge of the lines together.
fn reach(side: &[Line]) -> (f64, f64) {
    let left = side.iter().map(Line::x0).fold(f64::INFINITY, f64::min);
    (left, side.iter().map(Line::x1).fold(f64::NEG_INFINITY, f64::max))
}

/// Whether the line is nearly as wide as its column.
fn is_full(line: &Line, (left, right): (f64, f64)) -> bool {
    line.x1() - left >= 0.78 * (right - left)
}

/// Whether the line has gaps as a table's has. The mark of a list item stands apart from its text too.
fn is_gapped(line: &Line) -> bool {
    let chunks = line.chunks();
    let marked = chunks.first().is_some_and(|chunk| chunk.len() == 1 && chunk[0].text.chars().count() <= 3);
    chunks.len() > 1 + usize::from(marked)
}

/// Whether the paragraphs on both sides begin at the same heights, as the rows of a table do.
fn starts_together(sides: &[Vec<Line>; 2]) -> bool {
    let [left, right] = sides.each_ref().map(|side| {
        let mut gaps: Vec<f64> = side.windows(2).map(|pair| pair[0].y() - pair[1].y()).collect();
        gaps.sort_by(f64::total_cmp);
        let usual = gaps.get(gaps.len() / 3).copied().unwrap_or(12.0);
        let starts = side.windows(2).filter(|pair| pair[0].y() - pair[1].y() > 1.25 * usual);
        starts.map(|pair| pair[1].y()).collect::<Vec<f64>>()
    });
    let (few, many) = if left.len() < right.len() { (left, right) } else { (right, left) };
    let shared = few.iter().filter(|y| many.iter().any(|other| (*other - **y).abs() < 3.0)).count();
    few.len() >= 2 && shared * 5 >= few.len() * 4 && few.len() * 2 >= many.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(y: f64, from: f64, count: usize) -> Vec<Word> {
        (0..count)
            .map(|index| {
                let x0 = from + 43.0 * index as f64;
                Word { text: "ord".to_owned(), x0, x1: x0 + 40.0, y, size: 10.0, ..Word::default() }
            })
            .collect()
    }

    #[test]
    fn columns_come_one_after_the_other_and_the_title_first() {
        let mut words = line(700.0, 50.0, 10);
        for index in 0..8 {
            words.extend(line(670.0 - 12.0 * f64::from(index), 50.0, 5));
            words.extend(line(670.0 - 12.0 * f64::from(index), 300.0, 5));
        }
        let zones = zones(words, Vec::new());
        let counts: Vec<usize> = zones.iter().map(|zone| zone.words.len()).collect();
        assert_eq!(counts, [10, 40, 40]);
        assert!(zones[1].column.is_some_and(|(left, right)| left < 51.0 && right < 300.0));
    }

    #[test]
    fn a_table_of_many_columns_takes_no_time() {
        let mut words = Vec::new();
        for row in 0..12 {
            for column in 0..10 {
                words.extend(line(670.0 - 12.0 * f64::from(row), 50.0 + 60.0 * f64::from(column), 1));
            }
        }
        let started = std::time::Instant::now();
        assert_eq!(zones(words, Vec::new()).len(), 1);
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }

    #[test]
    fn a_word_far_away_takes_no_time() {
        let mut words: Vec<Word> = (0..16).flat_map(|row| line(670.0 - 12.0 * f64::from(row), 50.0, 5)).collect();
        words.push(Word { text: "bort".to_owned(), x0: 1e18, x1: 2e18, y: 670.0, size: 10.0, ..Word::default() });
        assert_eq!(zones(words, Vec::new()).iter().map(|zone| zone.words.len()).sum::<usize>(), 81);
    }

    #[test]
    fn a_column_may_hold_a_table() {
        let mut words = Vec::new();
        for index in 0..12 {
            let y = 670.0 - 12.0 * f64::from(index);
            words.extend(line(y, 50.0, 5));
            // Three lines of text, and then cells.
            if index < 3 {
                words.extend(line(y, 300.0, 5));
            } else {
                words.extend(line(y, 300.0, 1));
                words.extend(line(y, 400.0, 1));
            }
        }
        assert_eq!(zones(words, Vec::new()).len(), 2);
    }

    #[test]
    fn text_above_a_table_does_not_part_it() {
        let mut words = Vec::new();
        for index in 0..12 {
            let y = 670.0 - 12.0 * f64::from(index);
            if index < 3 {
                words.extend(line(y, 50.0, 5));
            } else {
                words.extend(line(y, 50.0, 1));
                words.extend(line(y, 150.0, 1));
                words.extend(line(y, 300.0, 5));
            }
        }
        assert_eq!(zones(words, Vec::new()).len(), 1);
    }

    #[test]
    fn a_table_is_no_pair_of_columns() {
        let mut words = Vec::new();
        for index in 0..8 {
            words.extend(line(670.0 - 12.0 * f64::from(index), 50.0, 1));
            words.extend(line(670.0 - 12.0 * f64::from(index), 300.0, 5));
        }
        assert_eq!(zones(words, Vec::new()).len(), 1);
    }
}
