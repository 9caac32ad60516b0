//! Which mark does Word show before this list item?
//!
//! Word stores no numbers, only rules for them; this counts as Word does. Not here: which paragraphs are in a list.

use std::collections::HashMap;

use super::super::marks::lone_mark;
use super::styles::ListPlace;
use super::xml::Element;

const LEVELS: usize = 9;

#[derive(Debug, Clone, Default)]
struct Level {
    start: i64,
    format: String,
    pattern: String,
}

#[derive(Debug, Default)]
struct Number {
    definition: String,
    /// Levels that start anew when this list is first used.
    restarts: Vec<(usize, i64)>,
    used: bool,
}

/// The list definitions of a document and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    definitions: HashMap<String, Vec<Level>>,
    numbers: HashMap<String, Number>,
    counters: HashMap<String, [Option<i64>; LEVELS]>,
}

impl Numbering {
    /// Reads `word/numbering.xml`.
    pub(super) fn new(part: &Element) -> Self {
        let mut numbering = Self::default();
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
                        numbering.definitions.insert(id.to_owned(), levels);
                    }
                }
                "num" => {
                    let (Some(id), Some(definition)) = (element.attribute("numId"), element.value_of("abstractNumId"))
                    else {
                        continue;
                    };
                    let restarts = element
                        .children
                        .iter()
                        .filter(|child| child.name == "lvlOverride")
                        .filter_map(|child| Some((level_index(child)?, child.value_of("startOverride")?.parse().ok()?)))
                        .collect();
                    numbering
                        .numbers
                        .insert(id.to_owned(), Number { definition: definition.to_owned(), restarts, used: false });
                }
                _ => {}
            }
        }
        numbering
    }

    /// Counts one step and gives the mark, `None` if the place is in no list.
    pub(super) fn next(&mut self, place: &ListPlace) -> Option<String> {
        let index = usize::from(place.level);
        let number = self.numbers.get_mut(&place.number)?;
        let levels = self.definitions.get(&number.definition)?;
        let level = levels.get(index)?;
        let counters = self.counters.entry(number.definition.clone()).or_insert([None; LEVELS]);
        if !number.used {
            number.used = true;
            for &(restarted, start) in &number.restarts {
                if let Some(counter) = counters.get_mut(restarted) {
                    *counter = Some(start - 1);
                }
            }
        }
        if level.format == "bullet" {
            return Some(lone_mark(level.pattern.trim()).unwrap_or_else(|| "•".to_owned()));
        }
        counters[index] = Some(counters[index].map_or(level.start, |count| count + 1));
        for deeper in &mut counters[index + 1..] {
            *deeper = None;
        }
        if level.format == "none" {
            return None;
        }
        let mut mark = level.pattern.clone();
        for (position, (counter, definition)) in counters.iter().zip(levels).enumerate().take(index + 1) {
            let count = counter.unwrap_or(definition.start);
            mark = mark.replace(&format!("%{}", position + 1), &shown(count, &definition.format));
        }
        Some(mark.trim().to_owned())
    }
}

fn level_index(element: &Element) -> Option<usize> {
    element.attribute("ilvl")?.parse().ok()
}

fn read_level(level: &Element) -> Level {
    Level {
        start: level.value_of("start").and_then(|start| start.parse().ok()).unwrap_or(1),
        format: level.value_of("numFmt").unwrap_or("decimal").to_owned(),
        pattern: level.value_of("lvlText").unwrap_or_default().to_owned(),
    }
}

/// A count in the form that the list shows it in.
fn shown(count: i64, format: &str) -> String {
    match format {
        "lowerLetter" => letters(count),
        "upperLetter" => letters(count).to_uppercase(),
        "lowerRoman" => roman(count),
        "upperRoman" => roman(count).to_uppercase(),
        "decimalZero" => format!("{count:02}"),
        _ => count.to_string(),
    }
}

/// a to z, then aa, bb ... as Word counts.
fn letters(count: i64) -> String {
    let Some(index) = u8::try_from((count - 1).rem_euclid(26)).ok().filter(|_| count > 0) else {
        return count.to_string();
    };
    char::from(b'a' + index).to_string().repeat(((count - 1) / 26).min(9) as usize + 1)
}

fn roman(count: i64) -> String {
    if !(1..4000).contains(&count) {
        return count.to_string();
    }
    let steps = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut rest = count;
    let mut out = String::new();
    for (value, sign) in steps {
        while rest >= value {
            out.push_str(sign);
            rest -= value;
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    #[test]
    fn counts_levels_and_restarts() {
        let part = parse(
            b"<n><abstractNum abstractNumId='0'><lvl ilvl='0'><start val='1'/><numFmt val='decimal'/><lvlText val='%1.'/></lvl>\
              <lvl ilvl='1'><start val='1'/><numFmt val='lowerLetter'/><lvlText val='%1.%2)'/></lvl></abstractNum>\
              <num numId='5'><abstractNumId val='0'/></num>\
              <num numId='6'><abstractNumId val='0'/><lvlOverride ilvl='0'><startOverride val='1'/></lvlOverride></num></n>",
        )
        .unwrap();
        let mut numbering = Numbering::new(&part);
        let mut at = |number: &str, level| numbering.next(&ListPlace { number: number.into(), level }).unwrap();
        assert_eq!([at("5", 0), at("5", 1), at("5", 1), at("5", 0), at("5", 1)], ["1.", "1.a)", "1.b)", "2.", "2.a)"]);
        assert_eq!([at("6", 0), at("6", 0)], ["1.", "2."]);
        assert_eq!((roman(14).as_str(), letters(27).as_str()), ("xiv", "aa"));
    }
}
