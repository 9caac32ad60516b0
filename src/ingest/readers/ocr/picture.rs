//! Where do the lines of tables run in a picture, and how does it look without them?
//!
//! A line is a long and thin dark run; letters are neither. Not here: the words.

use super::grey::{INK, Picture};

/// Shortest line, in pixels at 300 dots per inch: 9 mm.
const LONG: usize = 110;
/// Thickest line.
const THIN: usize = 14;
/// Gap in a line, for instance of a bad scan.
const GAP: usize = 4;
/// Lines this near each other are the same.
const NEAR: usize = 18;

/// A stretch of a horizontal or vertical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    /// Row of a horizontal line, column of a vertical one.
    at: usize,
    from: usize,
    to: usize,
}

/// The lines of one table: columns and rows lie between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    /// Places of the vertical lines, from the left, at least two.
    pub(super) columns: Vec<usize>,
    /// Places of the horizontal lines, from the top, at least two.
    pub(super) rows: Vec<usize>,
}

/// Takes the lines of tables out of the picture and gives the tables that they made.
pub(super) fn take_out_lines(picture: &mut Picture) -> Vec<Grid> {
    let mut erase = Vec::new();
    let horizontal = picture.lines(false, &mut erase);
    let vertical = picture.lines(true, &mut erase);
    for index in erase {
        if let Some(pixel) = picture.pixels.get_mut(index) {
            *pixel = 255;
        }
    }
    grids(&horizontal, &vertical)
}

impl Picture {
    /// Index of the pixel at a place along and a place across the direction looked in.
    fn index(&self, along: usize, across: usize, upright: bool) -> usize {
        if upright { along * self.width + across } else { across * self.width + along }
    }

    fn is_ink(&self, along: usize, across: usize, upright: bool) -> bool {
        self.pixels.get(self.index(along, across, upright)).is_some_and(|pixel| *pixel < INK)
    }

    /// Finds lines in one direction; the pixels to erase are added to `erase`.
    fn lines(&self, upright: bool, erase: &mut Vec<usize>) -> Vec<Line> {
        let (length, breadth) = if upright { (self.height, self.width) } else { (self.width, self.height) };
        let mut found = Vec::new();
        for across in 0..breadth {
            let mut from = None;
            let mut last = 0;
            for along in 0..=length {
                if along < length && self.is_ink(along, across, upright) {
                    from.get_or_insert(along);
                    last = along;
                } else if let Some(start) = from
                    && (along == length || along - last > GAP)
                {
                    if last + 1 - start >= LONG && self.is_thin(start, last, across, breadth, upright) {
                        found.push(Line { at: across, from: start, to: last });
                        erase.extend((start..=last).map(|along| self.index(along, across, upright)));
                    }
                    from = None;
                }
            }
        }
        found
    }

    /// Ink across the run is thin nearly everywhere: letters that touch a line are let through.
    fn is_thin(&self, from: usize, to: usize, across: usize, breadth: usize, upright: bool) -> bool {
        let samples = 24;
        let thick = (0..samples)
            .filter(|sample| {
                let along = from + (to - from) * sample / (samples - 1);
                let above = (0..across).rev().take(THIN).take_while(|&at| self.is_ink(along, at, upright)).count();
                let below = (across..breadth).take(THIN).take_while(|&at| self.is_ink(along, at, upright)).count();
                above + below >= THIN
            })
            .count();
        thick * 4 <= samples
    }
}

/// Lines that cross or touch belong to one table.
fn grids(horizontal: &[Line], vertical: &[Line]) -> Vec<Grid> {
    let horizontal = joined(horizontal);
    let vertical = joined(vertical);
    // Group by walking from line to crossing line.
    let mut group: Vec<usize> = (0..horizontal.len()).collect();
    let crosses = |row: &Line, column: &Line| {
        row.from <= column.at + NEAR
            && column.at <= row.to + NEAR
            && column.from <= row.at + NEAR
            && row.at <= column.to + NEAR
    };
    for column in &vertical {
        let touched: Vec<usize> = (0..horizontal.len()).filter(|&row| crosses(&horizontal[row], column)).collect();
        if let Some(lowest) = touched.iter().map(|&row| group[row]).min() {
            let merged: Vec<usize> = touched.iter().map(|&row| group[row]).collect();
            for name in &mut group {
                if merged.contains(name) {
                    *name = lowest;
                }
            }
        }
    }
    let mut grids = Vec::new();
    for name in 0..horizontal.len() {
        let members: Vec<&Line> =
            (0..horizontal.len()).filter(|&row| group[row] == name).map(|row| &horizontal[row]).collect();
        let rows = places(members.iter().map(|line| line.at));
        let columns = places(
            vertical.iter().filter(|column| members.iter().any(|row| crosses(row, column))).map(|column| column.at),
        );
        // A frame around a text is no table.
        if rows.len() >= 2 && columns.len() >= 3 {
            grids.push(Grid { columns, rows });
        }
    }
    grids
}

/// Runs in neighbouring rows of pixels are one line; a line that lies askew is many.
fn joined(lines: &[Line]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        let same = |known: &&mut Line| {
            line.at.abs_diff(known.at) <= NEAR && line.from <= known.to + NEAR && known.from <= line.to + NEAR
        };
        match out.iter_mut().rev().take(200).find(same) {
            Some(known) => {
                known.from = known.from.min(line.from);
                known.to = known.to.max(line.to);
            }
            None => out.push(*line),
        }
    }
    out
}

/// Places in order, near ones as one.
fn places(all: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut all: Vec<usize> = all.collect();
    all.sort_unstable();
    all.dedup_by(|next, before| *next <= *before + NEAR);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_and_letters_stay() {
        let (width, height) = (600, 400);
        let mut pixels = vec![255u8; width * height];
        let mut dark = |x0: usize, x1: usize, y0: usize, y1: usize| {
            for y in y0..y1 {
                pixels[y * width + x0..y * width + x1].fill(0);
            }
        };
        for y in [50, 150, 250] {
            dark(40, 544, y, y + 4);
        }
        for x in [40, 240, 540] {
            dark(x, x + 4, 50, 254);
        }
        // A letter, and a black picture.
        dark(100, 106, 80, 120);
        dark(300, 480, 280, 380);
        let mut picture = Picture { width, height, pixels };
        let grids = take_out_lines(&mut picture);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].columns.len(), grids[0].rows.len()), (3, 3));
        let ink = picture.pixels.iter().filter(|pixel| **pixel < INK).count();
        assert_eq!(ink, 6 * 40 + 180 * 100);
    }
}
