//! Which lines do the recognised words stand in?
//!
//! Mostly tesseract's own, without specks of dirt and with the rows of tables without lines put together again. Not
//! here: what the lines form ([`super::layout`]).

use super::words::Word;

/// What tesseract makes of round and square list marks.
pub(super) const BULLETS: &[&str] = &[
    "•", "-", "–", "—", "*", "·", ".", "»", "«", "»«", "«»", "¢", "°", "e", "o", "+", "=", "©", "®", "■", "▪", "●",
    "○", "e«", "«e", "»e", "*e",
];

/// A line of words.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    pub(super) words: Vec<&'a Word>,
    pub(super) size: f32,
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) bottom: usize,
    pub(super) paragraph: (u32, u32),
}

impl Line<'_> {
    pub(super) fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Lines in tesseract's order, those of a table without lines put together again.
pub(super) fn lines<'a>(words: &[&'a Word]) -> Vec<Line<'a>> {
    let mut sorted: Vec<Vec<&'a Word>> = Vec::new();
    for word in words {
        match sorted.last_mut() {
            Some(line) if line.last().is_some_and(|last| last.line == word.line) => line.push(word),
            _ => sorted.push(vec![word]),
        }
    }
    for line in &mut sorted {
        let mut first = true;
        line.retain(|word| {
            let keep = !word.is_speck() || (first && BULLETS.contains(&word.text.as_str()));
            first = false;
            keep
        });
    }
    together(sorted.into_iter().filter_map(Line::of).collect())
}

impl<'a> Line<'a> {
    fn of(words: Vec<&'a Word>) -> Option<Self> {
        let first = words.first()?;
        let mut sizes: Vec<f32> = words.iter().filter(|word| word.has_letters()).map(|word| word.size).collect();
        sizes.sort_by(f32::total_cmp);
        Some(Self {
            size: sizes.get(sizes.len() / 2).copied()?,
            left: words.iter().map(|word| word.area.left).min().unwrap_or(0),
            top: words.iter().map(|word| word.area.top).min().unwrap_or(0),
            bottom: words.iter().map(|word| word.area.top + word.area.height).max().unwrap_or(0),
            paragraph: (first.line.0, first.line.1),
            words,
        })
    }

    pub(super) fn middle(&self) -> usize {
        usize::midpoint(self.top, self.bottom)
    }
}

/// Tesseract reads the columns of a table without lines one after the other. Short lines of different blocks that stand
/// side by side, at least two below each other, become rows again; columns of running text have longer lines.
fn together(lines: Vec<Line>) -> Vec<Line> {
    const CELL: usize = 26;
    let short = |line: &Line| line.text().chars().count() <= CELL;
    let beside = |left: &Line, right: &Line| {
        left.paragraph.0 != right.paragraph.0
            && (left.middle().abs_diff(right.middle()) as f32) < left.size.min(right.size) * 0.5
    };
    let partners: Vec<Vec<usize>> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let others = lines.iter().enumerate().skip(index + 1).filter(|(_, other)| short(line) && short(other));
            others.filter(|(_, other)| beside(line, other)).map(|(other, _)| other).collect()
        })
        .collect();
    if partners.iter().filter(|partners| !partners.is_empty()).count() < 2 {
        return lines;
    }
    let mut out = Vec::with_capacity(lines.len());
    let mut taken = vec![false; lines.len()];
    for (index, line) in lines.iter().enumerate() {
        if std::mem::replace(&mut taken[index], true) {
            continue;
        }
        let mut words = line.words.clone();
        for &partner in &partners[index] {
            if !std::mem::replace(&mut taken[partner], true) {
                words.extend(&lines[partner].words);
            }
        }
        words.sort_by_key(|word| word.area.left);
        out.extend(Line::of(words).map(|merged| Line { paragraph: line.paragraph, ..merged }));
    }
    out
}

/// The size that most letters have.
pub(super) fn body_size(lines: &[Line]) -> f32 {
    let mut sizes: Vec<(f32, usize)> = lines.iter().map(|line| (line.size, line.text().chars().count())).collect();
    sizes.sort_by(|left, right| left.0.total_cmp(&right.0));
    let half = sizes.iter().map(|(_, count)| count).sum::<usize>() / 2;
    let mut seen = 0;
    sizes
        .iter()
        .find(|(_, count)| {
            seen += count;
            seen > half
        })
        .map_or(1.0, |(size, _)| size.max(1.0))
}
