//! Which mark does LibreOffice show before this list item or heading?
//!
//! OpenDocument stores rules and not numbers; this counts as LibreOffice does. Not here: which paragraphs are in a list.

use std::collections::HashMap;

use crate::ingest::readers::marks::lone_mark;
use crate::ingest::readers::office::counting::Form;
use crate::ingest::readers::office::xml::Element;

const LEVELS: usize = 10;

#[derive(Debug, Clone, Default)]
enum Sign {
    #[default]
    None,
    Bullet(String),
    Count(Form),
}

#[derive(Debug, Clone, Default)]
struct Level {
    sign: Sign,
    prefix: String,
    suffix: String,
    start: i64,
    /// How many levels the mark shows: 2 for `1.1`.
    shown: usize,
}

/// Counts of a list, one for each level.
type Counts = [Option<i64>; LEVELS];

/// The list styles of a document and how far each list has counted.
#[derive(Debug, Default)]
pub(super) struct Lists {
    styles: HashMap<String, Vec<Level>>,
    outline: Vec<Level>,
    headings: Counts,
    /// Where the last list of each style stopped.
    last: HashMap<String, Counts>,
    /// Where each list with a name of its own stopped.
    named: HashMap<String, Counts>,
}

/// A list that is being read.
#[derive(Debug, Default)]
pub(super) struct OpenList {
    style: String,
    id: Option<String>,
    counts: Counts,
}

impl OpenList {
    /// Whether a list within this one, of the style `style`, is counted together with it.
    pub(super) fn goes_on_in(&self, style: &str) -> bool {
        style.is_empty() || style == self.style
    }
}

impl Lists {
    /// Reads the list styles of several parts, later ones winning.
    pub(super) fn new(sheets: &[&Element]) -> Self {
        let mut lists = Self::default();
        for element in sheets.iter().flat_map(|sheet| &sheet.children) {
            match (element.name.as_str(), element.attribute("name")) {
                ("list-style", Some(name)) => {
                    lists.styles.insert(name.to_owned(), read_levels(element));
                }
                ("outline-style", _) => lists.outline = read_levels(element),
                _ => {}
            }
        }
        lists
    }

    /// Begins an outermost list, or goes on with an earlier one if it says so.
    pub(super) fn open(&self, list: &Element, style: &str) -> OpenList {
        let goes_on = if let Some(earlier) = list.attribute("continue-list") {
            self.named.get(earlier).copied()
        } else if list.attribute("continue-numbering") == Some("true") {
            self.last.get(style).copied()
        } else {
            None
        };
        OpenList {
            style: style.to_owned(),
            id: list.attribute("id").map(str::to_owned),
            counts: goes_on.unwrap_or_default(),
        }
    }

    /// Remembers where a list stopped.
    pub(super) fn close(&mut self, list: OpenList) {
        if let Some(id) = list.id {
            self.named.insert(id, list.counts);
        }
        self.last.insert(list.style, list.counts);
    }

    /// Counts one item on a level (from 0) and gives its mark. `start` is where the item says that counting begins.
    pub(super) fn next(&self, list: &mut OpenList, level: usize, start: Option<i64>) -> Option<String> {
        count(self.styles.get(&list.style)?, &mut list.counts, level, start)
    }

    /// Counts one heading on a level (from 1) and gives its number, if headings are numbered.
    pub(super) fn next_heading(&mut self, level: u8) -> Option<String> {
        count(&self.outline, &mut self.headings, usize::from(level).saturating_sub(1), None)
    }
}

fn count(levels: &[Level], counts: &mut Counts, index: usize, start: Option<i64>) -> Option<String> {
    let level = levels.get(index)?;
    let form = match &level.sign {
        Sign::Bullet(mark) => return Some(mark.clone()),
        Sign::None => None,
        Sign::Count(form) => Some(form),
    };
    let counter = counts.get_mut(index)?;
    *counter = Some(start.unwrap_or_else(|| counter.map_or(level.start, |count| count + 1)));
    for deeper in counts.iter_mut().skip(index + 1) {
        *deeper = None;
    }
    form?;
    let first = (index + 1).saturating_sub(level.shown.max(1));
    let mut parts = Vec::new();
    for (definition, counter) in levels.iter().zip(counts.iter()).take(index + 1).skip(first) {
        if let Sign::Count(form) = definition.sign {
            parts.push(form.write(counter.unwrap_or(definition.start)));
        }
    }
    Some(format!("{}{}{}", level.prefix, parts.join("."), level.suffix).trim().to_owned())
}

fn read_levels(style: &Element) -> Vec<Level> {
    let mut levels = vec![Level::default(); LEVELS];
    for element in &style.children {
        let place = element.attribute("level").and_then(|level| level.parse::<usize>().ok()).unwrap_or(0);
        if let Some(slot) = place.checked_sub(1).and_then(|index| levels.get_mut(index)) {
            *slot = read_level(element);
        }
    }
    levels
}

fn read_level(element: &Element) -> Level {
    let sign = match element.name.as_str() {
        "list-level-style-bullet" => {
            let mark = element.attribute("bullet-char").unwrap_or("•").trim();
            Sign::Bullet(lone_mark(mark).unwrap_or_else(|| "•".to_owned()))
        }
        "list-level-style-image" => Sign::Bullet("•".to_owned()),
        _ => match element.attribute("num-format") {
            None | Some("") => Sign::None,
            Some("a") => Sign::Count(Form::LowerLetter),
            Some("A") => Sign::Count(Form::UpperLetter),
            Some("i") => Sign::Count(Form::LowerRoman),
            Some("I") => Sign::Count(Form::UpperRoman),
            Some(_) => Sign::Count(Form::Decimal),
        },
    };
    let text = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    Level {
        sign,
        prefix: text("num-prefix"),
        suffix: text("num-suffix"),
        start: element.attribute("start-value").and_then(|start| start.parse().ok()).unwrap_or(1),
        shown: element.attribute("display-levels").and_then(|shown| shown.parse().ok()).unwrap_or(1),
    }
}
