//! What are the document's own measures, and which lines stand out from them?
//!
//! Body text is what there is most of; headings are larger, bolder or in another face. Not here: what is done with
//! headings ([`super::layout`]).

use std::collections::HashMap;

use super::super::marks::{heading_number, is_bullet};
use super::hints::Hints;
use super::words::Line;

/// What a heading looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Rank {
    /// The largest text on the first page.
    Title,
    /// Type size in half points, and by how many places its number is longer than others of that size.
    Size(i64, u8),
    /// The file's own word for it: a level, and the type size in half points.
    Told(u8, i64),
}

/// The measures of a document.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// Type size of the body text.
    body: f64,
    body_bold: bool,
    family: String,
    /// Distance of base lines within a paragraph, as a share of the type size.
    leading: f64,
    title: Option<i64>,
    /// Sizes of headings from the largest.
    ranks: Vec<i64>,
    /// Shortest number of the numbered headings of each size: 1 for "3 Ansvar".
    depths: HashMap<i64, u8>,
    /// Levels of headings that tags or bookmarks tell of, by size.
    told: HashMap<i64, u8>,
    /// The title stands above the headings that the file tells of.
    title_apart: bool,
    hints: Hints,
    /// Edges of the text.
    pub(super) left: f64,
    pub(super) right: f64,
}

/// Whether this is the heading of a table of contents.
pub(super) fn is_contents_heading(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "innehåll" | "innehållsförteckning" | "contents")
}

fn half_points(size: f64) -> i64 {
    (size * 2.0).round() as i64
}

impl Measures {
    /// Takes the measures of the lines outside tables, each with its page and its distance to the line above.
    pub(super) fn of<'a>(lines: impl Iterator<Item = (&'a Line, u32, f64)>, hints: Hints) -> Self {
        let lines: Vec<(&Line, u32, f64)> = lines.collect();
        let mut looks: HashMap<(i64, bool, String), usize> = HashMap::new();
        for (line, ..) in &lines {
            for word in &line.words {
                *looks.entry((half_points(word.size), word.bold, word.family.clone())).or_default() +=
                    word.text.chars().count();
            }
        }
        let commonest = looks.into_iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)));
        let Some(((size, body_bold, family), _)) = commonest else {
            return Self::default();
        };
        let body = size as f64 / 2.0;
        let is_body = |line: &Line| (line.size() - body).abs() < 0.6;
        let mut distances: Vec<f64> = lines
            .iter()
            .filter(|(line, _, gap)| is_body(line) && *gap < 2.2 * body)
            .map(|(line, _, gap)| gap / line.size())
            .collect();
        distances.sort_by(f64::total_cmp);
        // Distances between paragraphs are the larger ones, so the lower half is the lines within them.
        let leading = distances.get(distances.len() * 2 / 5).copied().unwrap_or(1.2);
        let mut rights: Vec<f64> =
            lines.iter().filter(|(line, ..)| is_body(line)).map(|(line, ..)| line.x1()).collect();
        rights.sort_by(f64::total_cmp);
        let right = rights.get(rights.len() * 19 / 20).copied().unwrap_or(500.0);
        let left =
            lines.iter().filter(|(line, ..)| is_body(line)).map(|(line, ..)| line.x0()).fold(f64::INFINITY, f64::min);
        let mut measures = Self { body, body_bold, family, leading, hints, left, right, ..Self::default() };
        measures.find_title(&lines);
        let mut passed_title = measures.title.is_none();
        for (line, page, gap) in lines.iter().filter(|(line, ..)| !is_contents_heading(&line.text())) {
            let told = measures.hints.level(line, *page).filter(|level| *level > 0);
            if let Some(level) = told {
                let known = measures.told.entry(half_points(line.size())).or_insert(level);
                *known = level.min(*known);
            }
            match measures.plain_rank(line, *gap) {
                Some(size) if Some(size) == measures.title && *page == 1 => {
                    passed_title = true;
                    measures.title_apart |= told.is_none();
                }
                Some(size) if passed_title => {
                    if !measures.ranks.contains(&size) {
                        measures.ranks.push(size);
                    }
                    if let Some(depth) = heading_number(&line.text()) {
                        let least = measures.depths.entry(size).or_insert(depth);
                        *least = depth.min(*least);
                    }
                }
                _ => {}
            }
        }
        measures.ranks.sort_unstable();
        measures.ranks.reverse();
        // Half a point of difference comes from rounding.
        measures.ranks.dedup_by(|next, kept| *kept - *next <= 1 && *next > half_points(measures.body));
        measures
    }

    /// The largest text on the first page, if it is clearly larger than the body and rare.
    fn find_title(&mut self, lines: &[(&Line, u32, f64)]) {
        let first = lines.iter().filter(|(_, page, _)| *page == 1);
        let Some(largest) = first.map(|(line, ..)| half_points(line.size())).max() else {
            return;
        };
        let times = lines.iter().filter(|(line, ..)| half_points(line.size()) == largest).count();
        if largest as f64 / 2.0 >= self.body * 1.25 && times <= 4 {
            self.title = Some(largest);
        }
    }

    /// Whether the first page shows a title.
    pub(super) fn has_title(&self) -> bool {
        self.title.is_some()
    }

    /// Whether the line is a heading, and of which rank.
    pub(super) fn rank(&self, line: &Line, page: u32, gap: f64) -> Option<Rank> {
        let told = self.hints.level(line, page);
        let size = half_points(line.size());
        if told == Some(0) || (Some(size) == self.title && page == 1 && self.plain_rank(line, gap).is_some()) {
            return Some(Rank::Title);
        }
        if let Some(level) = told {
            return Some(Rank::Told(level, size));
        }
        let size = self.plain_rank(line, gap)?;
        let known = self.ranks.iter().copied().find(|rank| (rank - size).abs() <= 1)?;
        let deeper = match (heading_number(&line.text()), self.depths.get(&known)) {
            (Some(depth), Some(least)) => depth.saturating_sub(*least),
            _ => 0,
        };
        Some(Rank::Size(known, deeper))
    }

    /// Whether two lines under each other are one heading by the file's own word.
    pub(super) fn go_together(&self, first: &str, second: &str) -> bool {
        self.hints.go_together(first, second)
    }

    fn plain_rank(&self, line: &Line, gap: f64) -> Option<i64> {
        let text = line.text();
        let length = text.chars().count();
        let letters = text.chars().filter(|character| character.is_alphabetic()).count();
        let item = line.words.len() > 1 && line.words.first().is_some_and(|word| is_bullet(&word.text));
        if letters < 2 || length > 150 || item {
            return None;
        }
        let size = line.size();
        if size >= self.body * 1.12 {
            return Some(half_points(size));
        }
        let other_face = line.words.iter().all(|word| word.family != self.family) && !self.family.is_empty();
        let stands_out = (line.is_bold() && !self.body_bold) || other_face;
        let alone = gap > self.paragraph_gap(size);
        let begins_well =
            text.chars().next().is_some_and(|character| character.is_uppercase() || character.is_ascii_digit());
        let ends_well = !text.ends_with(['.', ',', ';', ':']);
        (size >= self.body * 0.93 && stands_out && alone && begins_well && ends_well && length <= 100)
            .then(|| half_points(size))
    }

    /// Level of a heading: what the file tells; otherwise the title is 1, and the others follow by size and number.
    pub(super) fn level(&self, rank: Rank) -> u8 {
        let apart = u8::from(self.title_apart);
        match rank {
            Rank::Title => 1,
            Rank::Told(level, _) => level.saturating_add(apart).min(6),
            Rank::Size(size, deeper) => {
                let told = self.told.get(&size).map(|level| level.saturating_add(apart));
                let below = || {
                    let larger = self.told.iter().filter(|(other, _)| **other > size).map(|(_, level)| *level).max();
                    larger.map(|level| level.saturating_add(apart + 1))
                };
                let by_size = || {
                    let place = self.ranks.iter().position(|known| *known == size).unwrap_or(0);
                    (place as u8).saturating_add(1 + u8::from(self.title.is_some()))
                };
                told.or_else(below).unwrap_or_else(by_size).saturating_add(deeper).min(6)
            }
        }
    }

    /// A larger distance than this to the line above begins a new paragraph.
    pub(super) fn paragraph_gap(&self, size: f64) -> f64 {
        (self.leading * 1.16 + 0.02) * size
    }
}
