//! Which mark does Word show before this list item?
//!
//! Word stores no numbers, only rules for them; this counts as Word does. Not here: which paragraphs are in a list.

use std::collections::HashMap;

use super::styles::{ListPlace, Styles};
use crate::ingest::readers::marks::lone_mark;
use crate::ingest::readers::office::counting::Form;
use crate::ingest::readers::office::xml::Element;

const LEVELS: usize = 9;

/// What a level shows before its items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sign {
    Bullet,
    Nothing,
    Count(Form),
    /// The level is not defined: nothing is counted or shown.
    #[default]
    Undefined,
}

#[derive(Debug, Clone, Default)]
struct Level {
    start: i64,
    sign: Sign,
    pattern: String,
    /// The paragraph style that belongs to this level.
    style: Option<String>,
    /// The level after which this one starts anew: the one above unless said otherwise, never for 0.
    restart_after: Option<usize>,
    /// All counts in the mark are shown as 1, 2, 3.
    legal: bool,
}

#[derive(Debug, Default)]
struct Number {
    definition: String,
    /// Levels that start anew when this list is first used.
    restarts: Vec<(usize, i64)>,
    /// Levels that this list defines for itself.
    own: Vec<(usize, Level)>,
    used: bool,
}

impl Number {
    fn level<'a>(&'a self, levels: &'a [Level], index: usize) -> Option<&'a Level> {
        self.own.iter().find(|(at, _)| *at == index).map(|(_, level)| level).or_else(|| levels.get(index))
    }
}

/// The list definitions of a document and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    definitions: HashMap<String, Vec<Level>>,
    numbers: HashMap<String, Number>,
    counters: HashMap<String, [Option<i64>; LEVELS]>,
}

impl Numbering {
    /// Reads `word/numbering.xml`; a definition may send on to the list of a style.
    pub(super) fn new(part: &Element, styles: &Styles) -> Self {
        let mut numbering = Self::default();
        let mut sent_on: Vec<(String, String)> = Vec::new();
        for element in &part.children {
            match element.name.as_str() {
                "abstractNum" => {
                    let mut levels = vec![Level { start: 1, ..Level::default() }; LEVELS];
                    for level in element.children.iter().filter(|child| child.name == "lvl") {
                        if let Some(slot) = level_index(level).and_then(|index| levels.get_mut(index)) {
                            *slot = read_level(level);
                        }
                    }
                    if let Some(id) = element.attribute("abstractNumId") {
                        sent_on.extend(element.value_of("numStyleLink").map(|style| (id.to_owned(), style.to_owned())));
                        numbering.definitions.insert(id.to_owned(), levels);
                    }
                }
                "num" => {
                    let (Some(id), Some(definition)) = (element.attribute("numId"), element.value_of("abstractNumId"))
                    else {
                        continue;
                    };
                    let overrides = || element.children.iter().filter(|child| child.name == "lvlOverride");
                    let restarts = overrides()
                        .filter_map(|child| Some((level_index(child)?, child.value_of("startOverride")?.parse().ok()?)))
                        .collect();
                    let own = overrides()
                        .filter_map(|child| Some((level_index(child)?, read_level(child.child("lvl")?))))
                        .collect();
                    let number = Number { definition: definition.to_owned(), restarts, own, used: false };
                    numbering.numbers.insert(id.to_owned(), number);
                }
                _ => {}
            }
        }
        for (definition, style) in sent_on {
            let target = styles.list(&style).and_then(|(_, place)| numbering.numbers.get(&place.number));
            if let Some(levels) = target.and_then(|number| numbering.definitions.get(&number.definition)).cloned() {
                numbering.definitions.insert(definition, levels);
            }
        }
        numbering
    }

    /// The level of a list that belongs to a paragraph style.
    pub(super) fn level_of_style(&self, number: &str, style: &str) -> Option<u8> {
        let number = self.numbers.get(number)?;
        let levels = self.definitions.get(&number.definition)?;
        (0..LEVELS)
            .find(|&index| number.level(levels, index).is_some_and(|level| level.style.as_deref() == Some(style)))
            .map(|index| index as u8)
    }

    /// Counts one step and gives the mark, `None` if the place is in no list.
    pub(super) fn next(&mut self, place: &ListPlace) -> Option<String> {
        let index = usize::from(place.level);
        let number = self.numbers.get(&place.number)?;
        let levels = self.definitions.get(&number.definition)?;
        let level = number.level(levels, index)?;
        let counters = self.counters.entry(number.definition.clone()).or_insert([None; LEVELS]);
        if !number.used {
            for &(restarted, start) in &number.restarts {
                if let Some(counter) = counters.get_mut(restarted) {
                    *counter = Some(start - 1);
                }
            }
        }
        let mark = match level.sign {
            Sign::Undefined => None,
            Sign::Bullet => Some(lone_mark(level.pattern.trim()).unwrap_or_else(|| "•".to_owned())),
            Sign::Nothing | Sign::Count(_) => {
                let counter = counters.get_mut(index)?;
                *counter = Some(counter.map_or(level.start, |count| count + 1));
                for (deeper, counter) in counters.iter_mut().enumerate().skip(index + 1) {
                    let after = number.level(levels, deeper).and_then(|level| level.restart_after);
                    if after.is_none_or(|after| after > index) {
                        *counter = None;
                    }
                }
                (level.sign != Sign::Nothing).then(|| {
                    let mut mark = level.pattern.clone();
                    for (position, counter) in counters.iter().enumerate().take(index + 1) {
                        let Some(shown) = number.level(levels, position) else {
                            continue;
                        };
                        let form = match shown.sign {
                            Sign::Count(form) if !level.legal => form,
                            _ => Form::Decimal,
                        };
                        mark = mark.replace(&format!("%{}", position + 1), &form.write(counter.unwrap_or(shown.start)));
                    }
                    mark.trim().to_owned()
                })
            }
        };
        if let Some(number) = self.numbers.get_mut(&place.number) {
            number.used = true;
        }
        mark.filter(|mark| !mark.is_empty())
    }
}

fn level_index(element: &Element) -> Option<usize> {
    element.attribute("ilvl")?.parse().ok()
}

fn read_level(level: &Element) -> Level {
    let format = level.value_of("numFmt").or_else(|| level.path(&["AlternateContent", "Fallback"])?.value_of("numFmt"));
    let sign = match format.unwrap_or("decimal") {
        "bullet" => Sign::Bullet,
        "none" => Sign::Nothing,
        "lowerLetter" => Sign::Count(Form::LowerLetter),
        "upperLetter" => Sign::Count(Form::UpperLetter),
        "lowerRoman" => Sign::Count(Form::LowerRoman),
        "upperRoman" => Sign::Count(Form::UpperRoman),
        "decimalZero" => Sign::Count(Form::PaddedDecimal),
        _ => Sign::Count(Form::Decimal),
    };
    Level {
        start: level.value_of("start").and_then(|start| start.parse().ok()).unwrap_or(1),
        sign,
        pattern: level.value_of("lvlText").unwrap_or_default().to_owned(),
        style: level.value_of("pStyle").map(str::to_owned),
        restart_after: level.value_of("lvlRestart").and_then(|after| after.parse().ok()),
        legal: level.is_on("isLgl"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::readers::office::xml::parse;

    #[test]
    fn counts_levels_and_restarts() {
        let part = parse(
            b"<n><abstractNum abstractNumId='0'>\
              <lvl ilvl='0'><start val='1'/><numFmt val='decimal'/><lvlText val='%1.'/></lvl>\
              <lvl ilvl='1'><start val='1'/><numFmt val='lowerLetter'/><lvlText val='%1.%2)'/></lvl></abstractNum>\
              <num numId='5'><abstractNumId val='0'/></num>\
              <num numId='6'><abstractNumId val='0'/>\
              <lvlOverride ilvl='0'><startOverride val='1'/></lvlOverride></num></n>",
            "DOCX",
        )
        .unwrap();
        let mut numbering = Numbering::new(&part, &Styles::default());
        let mut at = |number: &str, level| numbering.next(&ListPlace { number: number.into(), level }).unwrap();
        assert_eq!([at("5", 0), at("5", 1), at("5", 1), at("5", 0), at("5", 1)], ["1.", "1.a)", "1.b)", "2.", "2.a)"]);
        assert_eq!([at("6", 0), at("6", 0)], ["1.", "2."]);
    }

    #[test]
    fn a_style_names_its_level_and_a_list_its_own_form() {
        let part = parse(
            b"<n><abstractNum abstractNumId='0'>\
              <lvl ilvl='0'><numFmt val='upperRoman'/><lvlText val='%1'/><pStyle val='Rubrik1'/></lvl>\
              <lvl ilvl='1'><numFmt val='decimal'/><lvlText val='%1.%2'/><pStyle val='Rubrik2'/><isLgl/></lvl>\
              <lvl ilvl='2'><numFmt val='decimal'/><lvlText val='(%3)'/><lvlRestart val='0'/></lvl></abstractNum>\
              <num numId='1'><abstractNumId val='0'/></num>\
              <num numId='2'><abstractNumId val='0'/><lvlOverride ilvl='0'>\
              <lvl ilvl='0'><start val='4'/><numFmt val='lowerLetter'/><lvlText val='%1)'/></lvl></lvlOverride></num>\
              </n>",
            "DOCX",
        )
        .unwrap();
        let mut numbering = Numbering::new(&part, &Styles::default());
        assert_eq!(numbering.level_of_style("1", "Rubrik2"), Some(1));
        let mut at = |number: &str, level| numbering.next(&ListPlace { number: number.into(), level }).unwrap();
        assert_eq!([at("1", 0), at("1", 1), at("1", 2), at("1", 1), at("1", 2)], ["I", "1.1", "(1)", "1.2", "(2)"]);
        assert_eq!(at("2", 0), "b)");
    }
}
