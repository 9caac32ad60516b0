//! Which words and lines do the characters on a page make?
//!
//! Turns the page upright, parts words at gaps, and joins words to lines by their base line. Not here: what a line
//! is in the document.

use super::super::marks::lone_mark;
use super::accents;
use super::ink::{Glyph, Mark, PageInk, Rule};
use super::prepare::Font;

/// A word where it stands; y grows upwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) x0: f64,
    pub(super) x1: f64,
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) bold: bool,
    /// Name of the font's family, to tell a heading's face from the text's.
    pub(super) family: String,
    /// What the file says that it belongs to.
    pub(super) mark: Mark,
}

/// A page's words and rules.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) number: u32,
    pub(super) words: Vec<Word>,
    pub(super) rules: Vec<Rule>,
    pub(super) bottom: f64,
    pub(super) top: f64,
    /// The page's turn in degrees.
    pub(super) rotation: i64,
}

/// Words on one base line, from left to right.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
}

/// A gap wider than this share of the font's height parts words.
const WORD_GAP: f64 = 0.17;
/// The same, where a space was drawn in the gap.
const SPACED_GAP: f64 = 0.06;
/// A gap wider than this parts the cells of a table without rules.
const CHUNK_GAP: f64 = 0.9;
/// A gap in a line up to this share of the type size is a space between words.
pub(super) const SPACE: f64 = 0.62;

impl Page {
    /// Takes a page's ink; `rotation` is the page's turn in degrees.
    pub(super) fn new(number: u32, ink: &PageInk, rotation: i64, fonts: &[Font]) -> Self {
        let turn = |x: f64, y: f64| upright(rotation, (x, y));
        let mut glyphs: Vec<Glyph> = Vec::with_capacity(ink.glyphs.len());
        for glyph in &ink.glyphs {
            let (along, up) = turn(glyph.direction.0, glyph.direction.1);
            // Text that runs upwards or slantwise is a watermark or a note in the margin.
            if along > 0.95 && up.abs() < 0.2 {
                let (x, y) = turn(glyph.x, glyph.y);
                glyphs.push(Glyph { x, y, ..glyph.clone() });
            }
        }
        let rules = ink.rules.iter().map(|rule| {
            let ((x0, y0), (x1, y1)) = (turn(rule.x0, rule.y0), turn(rule.x1, rule.y1));
            Rule { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) }
        });
        let (corner, opposite) = (turn(ink.area.0, ink.area.1), turn(ink.area.2, ink.area.3));
        let (left, right) = (corner.0.min(opposite.0), corner.0.max(opposite.0));
        let (bottom, top) = (corner.1.min(opposite.1), corner.1.max(opposite.1));
        // Printers' marks and hidden text lie outside the page.
        glyphs.retain(|glyph| {
            let end = glyph.x + glyph.width.max(0.0);
            glyph.y >= bottom - 1.0 && glyph.y <= top + 1.0 && end >= left - 1.0 && glyph.x <= right + 1.0
        });
        Self { number, words: make_words(glyphs, fonts), rules: rules.collect(), bottom, top, rotation }
    }
}

/// A point of a page that is turned by `rotation` degrees, as it stands when the page is read.
pub(super) fn upright(rotation: i64, (x, y): (f64, f64)) -> (f64, f64) {
    match rotation {
        90 => (y, -x),
        180 => (-x, -y),
        270 => (-y, x),
        _ => (x, y),
    }
}

fn make_words(mut glyphs: Vec<Glyph>, fonts: &[Font]) -> Vec<Word> {
    accents::compose(&mut glyphs);
    glyphs.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut words = Vec::new();
    let mut start = 0;
    while start < glyphs.len() {
        // Only characters on the very same base line: a line beside it may belong to another column.
        let (y, mut end) = (glyphs[start].y, start + 1);
        while glyphs.get(end).is_some_and(|next| y - next.y <= (0.06 * next.size).clamp(0.3, 1.5)) {
            end += 1;
        }
        let line = &mut glyphs[start..end];
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        words_of_line(line, fonts, &mut words);
        start = end;
    }
    accents::join_raised(&mut words);
    words
}

/// Whether two texts, each of a size and a base line, stand on one line. A raised number stands higher than its size
/// alone would allow.
fn shares_line(first: (f64, f64), second: (f64, f64)) -> bool {
    let (small, large) = (first.0.min(second.0), first.0.max(second.0));
    let reach = if small < 0.9 * large { 0.48 * large } else { 0.45 * small };
    (first.1 - second.1).abs() <= reach
}

fn words_of_line(line: &[Glyph], fonts: &[Font], words: &mut Vec<Word>) {
    let wide = letter_spacing(line);
    let mut open: Option<Word> = None;
    let mut last: Option<&Glyph> = None;
    let mut spaced = false;
    for glyph in line {
        // A space without width is a place where the word may be broken, so the gap decides.
        if glyph.text.trim().is_empty() {
            spaced = true;
            continue;
        }
        // Shadows and makeshift bold draw a character twice in nearly the same place.
        if last.is_some_and(|last| last.text == glyph.text && (last.x - glyph.x).abs() < 0.12 * glyph.size) {
            continue;
        }
        let begins = match (&open, last) {
            (Some(word), Some(last)) => {
                let gap = glyph.x - word.x1;
                let limit = wide + if spaced { SPACED_GAP } else { WORD_GAP };
                // A number in small type beside a word of another size is a note's mark.
                let other_size = glyph.size < 0.8 * last.size || last.size < 0.8 * glyph.size;
                gap > limit * glyph.size.max(word.size * 0.8) || other_size
            }
            _ => true,
        };
        last = Some(glyph);
        spaced = false;
        if begins {
            words.extend(open.take());
            let font = glyph.font.and_then(|number| fonts.get(number));
            open = Some(Word {
                text: String::new(),
                x0: glyph.x,
                x1: glyph.x,
                y: glyph.y,
                size: glyph.size,
                bold: font.is_some_and(|font| font.bold),
                family: font.map(|font| font.family.clone()).unwrap_or_default(),
                mark: glyph.mark,
            });
        }
        if let Some(word) = open.as_mut() {
            push_text(&mut word.text, &glyph.text);
            word.x1 = word.x1.max(glyph.x + glyph.width);
        }
    }
    words.extend(open);
}

/// The usual gap between the characters of a line whose letters are spaced out, as a share of their size; otherwise 0.
fn letter_spacing(line: &[Glyph]) -> f64 {
    let mut gaps: Vec<f64> = line
        .windows(2)
        .filter(|pair| pair.iter().all(|glyph| !glyph.text.trim().is_empty()))
        .map(|pair| (pair[1].x - pair[0].x - pair[0].width) / pair[0].size.max(1.0))
        .collect();
    if gaps.len() < 4 {
        return 0.0;
    }
    gaps.sort_by(f64::total_cmp);
    // The cells of a table are far apart, so most gaps must be of one size.
    let (low, middle) = (gaps[gaps.len() / 5], gaps[gaps.len() / 2]);
    if middle > 0.05 && middle < 0.6 && middle - low < 0.05 { middle } else { 0.0 }
}

/// Adds a character, with ligatures taken apart.
fn push_text(word: &mut String, text: &str) {
    // A soft hyphen that is drawn within a line is a hyphen; at the line's end it says that the word goes on.
    if word.ends_with('\u{ad}') {
        word.pop();
        word.push('-');
    }
    for character in text.chars() {
        match character {
            '\u{fb00}' => word.push_str("ff"),
            '\u{fb01}' => word.push_str("fi"),
            '\u{fb02}' => word.push_str("fl"),
            '\u{fb03}' => word.push_str("ffi"),
            '\u{fb04}' => word.push_str("ffl"),
            '\u{fb05}' | '\u{fb06}' => word.push_str("st"),
            '\u{2011}' => word.push('-'),
            '\0' | '\u{fffd}' => {}
            other => word.push(other),
        }
    }
}

/// Joins words to lines, from the top of the page down.
pub(super) fn lines(words: &[Word]) -> Vec<Line> {
    let mut order: Vec<&Word> = words.iter().collect();
    order.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut lines: Vec<(f64, f64, Line)> = Vec::new();
    for word in order {
        match lines.last_mut() {
            Some((y, size, line)) if shares_line((*size, *y), (word.size, word.y)) => {
                if word.size > *size * 1.05 {
                    (*y, *size) = (word.y, word.size);
                }
                line.words.push(word.clone());
            }
            _ => lines.push((word.y, word.size, Line { words: vec![word.clone()] })),
        }
    }
    let mut lines: Vec<Line> = lines.into_iter().map(|(.., line)| line).collect();
    for line in &mut lines {
        line.words.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    }
    lines
}

impl Line {
    pub(super) fn text(&self) -> String {
        join(&self.words)
    }

    pub(super) fn x0(&self) -> f64 {
        self.words.first().map_or(0.0, |word| word.x0)
    }

    pub(super) fn x1(&self) -> f64 {
        self.words.last().map_or(0.0, |word| word.x1)
    }

    /// Base line of the line's largest word.
    pub(super) fn y(&self) -> f64 {
        self.largest().map_or(0.0, |word| word.y)
    }

    /// Height of the line's largest word.
    pub(super) fn size(&self) -> f64 {
        self.largest().map_or(0.0, |word| word.size)
    }

    /// The mark of a list is often set larger than its text, and in another font.
    fn largest(&self) -> Option<&Word> {
        let marked = self.words.len() > 1 && self.words.first().is_some_and(|word| lone_mark(&word.text).is_some());
        self.words.iter().skip(usize::from(marked)).max_by(|a, b| a.size.total_cmp(&b.size))
    }

    pub(super) fn is_bold(&self) -> bool {
        self.words.iter().all(|word| word.bold)
    }

    /// The line cut at wide gaps.
    pub(super) fn chunks(&self) -> Vec<&[Word]> {
        self.cut_at(CHUNK_GAP).collect()
    }

    /// The line cut at gaps wider than this share of the type size.
    pub(super) fn cut_at(&self, share: f64) -> impl Iterator<Item = &[Word]> {
        self.words.chunk_by(move |left, right| right.x0 - left.x1 <= share * left.size.max(right.size))
    }
}

/// Words with spaces between them.
pub(super) fn join(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyph(x: f64, y: f64, text: &str) -> Glyph {
        Glyph {
            x,
            y,
            width: 5.0,
            size: 10.0,
            font: None,
            mark: Mark::None,
            direction: (1.0, 0.0),
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_lies_outside_the_page_is_not_read() {
        let glyphs = [(50.0, 400.0), (-50.0, 400.0), (1e18, 400.0), (50.0, 900.0)].map(|(x, y)| glyph(x, y, "a"));
        let ink = PageInk { glyphs: glyphs.to_vec(), area: (0.0, 0.0, 600.0, 800.0), ..PageInk::default() };
        let page = Page::new(1, &ink, 0, &[]);
        assert_eq!(page.words.iter().map(|word| (word.x0, word.y)).collect::<Vec<_>>(), [(50.0, 400.0)]);
    }

    #[test]
    fn gaps_part_words_and_ligatures_come_apart() {
        let glyphs = vec![glyph(0.0, 0.0, "ﬁ"), glyph(5.0, 0.0, "n"), glyph(13.0, 0.0, "a"), glyph(0.0, -12.0, "b")];
        let words = make_words(glyphs, &[]);
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["fin", "a", "b"]);
        assert_eq!(lines(&words).len(), 2);
    }

    #[test]
    fn a_bullet_does_not_make_its_line_large() {
        let word = |text: &str, size: f64| Word { text: text.to_owned(), size, ..Word::default() };
        let line = Line { words: vec![word("•", 15.0), word("nycklar", 10.0)] };
        assert!((line.size() - 10.0).abs() < 0.01, "{}", line.size());
        assert!((Line { words: vec![word("•", 15.0)] }.size() - 15.0).abs() < 0.01);
    }
}
