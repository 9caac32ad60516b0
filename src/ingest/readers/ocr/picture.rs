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
/// And so are pieces of one line with a gap up to this, less than the height of a row.
const BROKEN: usize = 50;
/// How far beside a line the picture is darker for it.
const FRINGE: usize = 3;

/// A stretch of a horizontal or vertical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    /// Row of a horizontal line, column of a vertical one.
    at: usize,
    from: usize,
    to: usize,
}

/// A line that was drawn on the page, in pixels from the upper left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

/// Takes the lines of tables out of the picture and gives them.
pub(super) fn take_out_lines(picture: &mut Picture) -> Vec<Stroke> {
    let mut erase = Vec::new();
    let across = picture.lines(false, &mut erase);
    let down = picture.lines(true, &mut erase);
    for index in erase {
        if let Some(pixel) = picture.pixels.get_mut(index) {
            *pixel = 255;
        }
    }
    let level = joined(&across).into_iter();
    let level = level.map(|line| Stroke { left: line.from, right: line.to, top: line.at, bottom: line.at });
    let upright = joined(&down).into_iter();
    let upright = upright.map(|line| Stroke { left: line.at, right: line.at, top: line.from, bottom: line.to });
    level.chain(upright).collect()
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
                        erase.extend(self.fringe(start, last, across, breadth, upright));
                    }
                    from = None;
                }
            }
        }
        found
    }

    /// Pixels beside a line that are darkened by it but no ink: left there, they are taken for letters.
    fn fringe(&self, from: usize, to: usize, across: usize, breadth: usize, upright: bool) -> Vec<usize> {
        let beside = (across.saturating_sub(FRINGE)..=(across + FRINGE).min(breadth - 1)).filter(|at| *at != across);
        beside
            .flat_map(|at| (from..=to).map(move |along| (along, at)))
            .filter(|(along, at)| !self.is_ink(*along, *at, upright))
            .map(|(along, at)| self.index(along, at, upright))
            .collect()
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

/// Runs in neighbouring rows of pixels are one line; a line that lies askew is many.
fn joined(lines: &[Line]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        let same = |known: &&mut Line| {
            line.at.abs_diff(known.at) <= NEAR && line.from <= known.to + BROKEN && known.from <= line.to + BROKEN
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
        // The paper beside a line is never quite white.
        picture.pixels[54 * width + 60..54 * width + 160].fill(200);
        let strokes = take_out_lines(&mut picture);
        let level = strokes.iter().filter(|stroke| stroke.top == stroke.bottom).count();
        assert_eq!((level, strokes.len()), (3, 6));
        assert!(picture.pixels[54 * width + 60..54 * width + 160].iter().all(|pixel| *pixel == 255));
        let ink = picture.pixels.iter().filter(|pixel| **pixel < INK).count();
        assert_eq!(ink, 6 * 40 + 180 * 100);
    }
}
