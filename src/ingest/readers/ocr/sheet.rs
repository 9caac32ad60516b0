//! How does a recognised page look to the reader of PDF files, which knows lines, columns, tables and page headers?
//!
//! Turns tesseract's words, in pixels from the upper left, into words in points from the lower left, and tells the
//! marks of lists, the size of the type and whether it is bold, which tesseract does not. Not here: what the words are
//! in the document ([`crate::ingest::readers::pdf`]).

use std::collections::BTreeMap;

use super::RecognisedPage;
use super::grey::{INK, Picture};
use super::words::Word;
use crate::ingest::readers::pdf::{Sheet, SheetWord};

/// What tesseract makes of round and square list marks.
const BULLETS: &[&str] = &[
    "•", "-", "–", "—", "*", "·", ".", "»", "«", "»«", "«»", "¢", "°", "e", "o", "+", "=", "©", "®", "■", "▪", "●",
    "○", "e«", "«e", "»e", "*e",
];
/// Points in a pixel of a drawing at 300 dots per inch.
const POINTS: f64 = 72.0 / 300.0;
/// Sizes that differ from the text's by less than this share are the text's: letters are measured, not known.
const SAME_SIZE: f64 = 0.14;
/// Stems that are thicker than those of most lines by this factor are bold.
const BOLD: f64 = 1.3;

/// A line of words as tesseract found it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    words: Vec<Word>,
    /// Size of its letters and thickness of their stems, in pixels; 0 where it cannot be told.
    size: f64,
    stem: f64,
}

/// The lines of a page, without dirt. `picture` is what was recognised.
pub(super) fn lines(words: Vec<Word>, picture: &Picture) -> Vec<Line> {
    let mut sorted: BTreeMap<(u32, u32, u32), Vec<Word>> = BTreeMap::new();
    for word in words {
        sorted.entry(word.line).or_default().push(word);
    }
    sorted.into_values().flat_map(on_one_height).filter_map(|words| Line::of(words, picture)).collect()
}

/// The words of a line, parted where tesseract took two lines under each other for one.
fn on_one_height(mut words: Vec<Word>) -> Vec<Vec<Word>> {
    let centre = |word: &Word| word.area.top + word.area.height / 2;
    let Some(size) = middle(words.iter().map(|word| f64::from(word.size))) else { return Vec::new() };
    words.sort_by_key(centre);
    let mut out: Vec<Vec<Word>> = Vec::new();
    for word in words {
        match out.last_mut() {
            Some(line) if line.last().is_some_and(|last| (centre(&word) - centre(last)) as f64 <= 0.5 * size) => {
                line.push(word);
            }
            _ => out.push(vec![word]),
        }
    }
    for line in &mut out {
        line.sort_by_key(|word| word.area.left);
    }
    out
}

impl Line {
    fn of(mut words: Vec<Word>, picture: &Picture) -> Option<Self> {
        let mut first = true;
        words.retain(|word| {
            let keep = !word.is_speck() || (first && BULLETS.contains(&word.text.as_str()));
            first = false;
            keep
        });
        let size = middle(words.iter().filter(|word| word.has_letters()).map(|word| f64::from(word.size)))?;
        if let [first, second, ..] = words.as_mut_slice() {
            // The letters among the marks are words too: a mark stands apart and before a capital letter or a word.
            let apart = second.area.left.saturating_sub(first.area.right()) as f64 > 0.3 * size;
            if apart && BULLETS.contains(&first.text.as_str()) {
                "•".clone_into(&mut first.text);
            }
        }
        section_signs(&mut words);
        degree_signs(&mut words);
        let stem = middle(words.iter().flat_map(|word| picture.stems(word))).unwrap_or(0.0);
        Some(Self { words, size, stem })
    }
}

/// The sign for "section" is often taken for an 8: `29 8 LSS`, `4 kap. 1 8`. No law has such a number there.
fn section_signs(words: &mut [Word]) {
    const LAWS: &[&str] =
        &["SoL", "LSS", "LVU", "LVM", "HSL", "OSL", "PSL", "PDL", "FB", "BrB", "FL", "SFB", "LPT", "socialtjänstlagen"];
    let is_number = |text: &str| text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    for index in 1..words.len() {
        let law = words.get(index + 1).is_some_and(|next| LAWS.contains(&next.text.trim_end_matches([',', '.', ')'])));
        let chapter = index > 1 && words[index - 2].text == "kap.";
        if words[index].text == "8" && is_number(&words[index - 1].text) && (law || chapter) {
            "§".clone_into(&mut words[index].text);
        }
    }
}

/// Degrees come out with a quotation mark: `+8 "C`.
fn degree_signs(words: &mut [Word]) {
    for word in words {
        for wrong in ["\"C", "”C", "*C"] {
            if let Some(number) = word.text.strip_suffix(wrong)
                && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b','))
            {
                word.text = format!("{number}°C");
                break;
            }
        }
    }
}

impl Picture {
    /// Widths of the dark runs across a word, in pixels; those of stems are the commonest.
    fn stems(&self, word: &Word) -> Vec<f64> {
        let mut out = Vec::new();
        let area = word.area;
        for y in (area.top..area.top + area.height).step_by(2) {
            let from = y * self.width + area.left;
            let Some(row) = self.pixels.get(from..from + area.width) else { continue };
            let runs = row.chunk_by(|a, b| (*a < INK) == (*b < INK)).filter(|run| run[0] < INK);
            out.extend(runs.map(|run| run.len() as f64).filter(|width| *width < f64::from(word.size) * 0.4));
        }
        out
    }
}

/// The middle one of the values.
fn middle(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The pages as sheets with words and rules. The sizes of all pages together tell which is the text's.
pub(super) fn sheets(pages: &[RecognisedPage]) -> Vec<Sheet> {
    let lines = || pages.iter().flat_map(|page| &page.lines);
    let letters = |line: &Line| line.words.iter().map(|word| word.text.chars().count()).sum::<usize>();
    let usual = |value: fn(&Line) -> f64| middle(lines().flat_map(|line| vec![value(line); letters(line)]));
    let body = usual(|line| line.size).unwrap_or(40.0);
    let stem = usual(|line| line.stem).unwrap_or(4.0);
    // Headings of one kind are to have one size.
    let mut sizes = vec![body];
    let mut size_of = |size: f64| {
        let near =
            |known: &&f64| (size - **known).abs() < if **known <= body { SAME_SIZE * body } else { 0.08 * **known };
        if let Some(known) = sizes.iter().find(near) {
            return *known;
        }
        sizes.push(size);
        size
    };
    pages
        .iter()
        .map(|page| {
            let height = page.height as f64;
            let mut words = Vec::new();
            for line in &page.lines {
                // The marks of a list under each other may come out as one tall word.
                if line.size > 1.8 * body && line.words.iter().all(|word| word.confidence < 0.6) {
                    continue;
                }
                let size = size_of(line.size);
                let foot = |word: &Word| {
                    let below = if word.falls() { 0.23 * size } else { 0.0 };
                    (word.area.top + word.area.height) as f64 - below
                };
                let base = middle(line.words.iter().filter(|word| word.has_letters()).map(foot)).unwrap_or(0.0);
                let bold = line.stem > BOLD * stem;
                words.extend(line.words.iter().map(|word| SheetWord {
                    text: word.text.clone(),
                    x0: word.area.left as f64 * POINTS,
                    x1: word.area.right() as f64 * POINTS,
                    y: (height - base) * POINTS,
                    size: size * POINTS,
                    bold,
                }));
            }
            let rules = page.rules.iter().map(|rule| {
                let [x0, y0, x1, y1] = [rule.left, rule.bottom, rule.right, rule.top].map(|value| value as f64);
                (x0 * POINTS, (height - y0) * POINTS, x1 * POINTS, (height - y1) * POINTS)
            });
            Sheet { number: page.page, height: height * POINTS, words, rules: rules.collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::words::Area;
    use super::*;

    fn word(text: &str, left: usize) -> Word {
        let area = Area { left, top: 100, width: 40, height: 30 };
        Word { text: text.to_owned(), confidence: 0.9, area, line: (1, 1, 1), size: 40.0 }
    }

    fn texts(words: &[&str]) -> Vec<String> {
        let words = words.iter().enumerate().map(|(index, text)| word(text, 100 + 60 * index)).collect();
        let picture = Picture { width: 1, height: 1, pixels: vec![255] };
        lines(words, &picture).into_iter().flat_map(|line| line.words).map(|word| word.text).collect()
    }

    #[test]
    fn marks_and_signs_that_tesseract_misreads() {
        assert_eq!(texts(&["e", "Ring", "112"]), ["•", "Ring", "112"]);
        assert_eq!(texts(&["enligt", "29", "8", "LSS."]), ["enligt", "29", "§", "LSS."]);
        assert_eq!(texts(&["4", "kap.", "1", "8"]), ["4", "kap.", "1", "§"]);
        assert_eq!(texts(&["+8", "\"C", "och", "-18\"C"]), ["+8", "°C", "och", "-18°C"]);
        assert_eq!(texts(&["dag", "7", "8", "och", "9"]), ["dag", "7", "8", "och", "9"]);
    }

    #[test]
    fn two_lines_that_tesseract_took_for_one_come_apart() {
        let mut words = vec![word("Ring", 100), word("Lås", 101), word("112", 160), word("dörren", 161)];
        words[1].area.top = 150;
        words[3].area.top = 150;
        let picture = Picture { width: 1, height: 1, pixels: vec![255] };
        let texts = |line: &Line| line.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(lines(words, &picture).iter().map(texts).collect::<Vec<_>>(), ["Ring 112", "Lås dörren"]);
    }

    #[test]
    fn a_line_that_is_clearly_larger_keeps_its_size() {
        let line = |size, text: &str| Line { words: vec![word(text, 100)], size, stem: 4.0 };
        let lines = vec![line(70.0, "Rutin"), line(41.0, "larm och nycklar"), line(38.0, "i hemtjänsten")];
        let page = RecognisedPage { page: 1, confidence: 0.9, height: 3500, lines, rules: Vec::new() };
        let sheets = sheets(&[page]);
        let sizes: Vec<f64> = sheets[0].words.iter().map(|word| word.size).collect();
        assert!(sizes[0] > 1.6 * sizes[1] && (sizes[1] - sizes[2]).abs() < 0.01, "{sizes:?}");
    }
}
