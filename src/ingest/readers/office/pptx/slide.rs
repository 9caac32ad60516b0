//! What does a slide say, in which order?
//!
//! The title first, then the shapes in the order of the file. Slide numbers, dates and footers are left out. Not here:
//! which paragraphs have bullets ([`super::bullets`]).

use super::bullets::{Bullet, Master, Placeholder};
use crate::ingest::readers::collect::{Collector, Row, cell_of_lines};
use crate::ingest::readers::office::xml::Element;
use crate::ingest::readers::spans::{SpanCell, Spans};

/// Groups within groups deeper than this are left out.
const MAX_NESTING: usize = 20;

/// A slide on its way into the collector.
pub(super) struct Slide<'a, 'o> {
    number: u32,
    master: Master<'a>,
    out: &'o mut Collector,
}

impl<'a, 'o> Slide<'a, 'o> {
    pub(super) fn new(number: u32, master: Master<'a>, out: &'o mut Collector) -> Self {
        Self { number, master, out }
    }

    /// Reads the slide's own part.
    pub(super) fn read(&mut self, root: &Element) {
        let Some(tree) = root.path(&["cSld", "spTree"]) else {
            return;
        };
        let titles: Vec<&Element> = tree.descendants("sp").into_iter().filter(|shape| is_title(shape)).collect();
        for title in titles {
            let text = lines(title).join(" ");
            if !text.trim().is_empty() {
                // The first slide names the presentation, the others are its sections.
                let first = self.number == 1;
                if first {
                    self.out.set_title(&text);
                }
                self.out.heading(if first { 1 } else { 2 }, &text, Some(self.number));
            }
        }
        self.shapes(tree, 0);
    }

    fn shapes(&mut self, parent: &Element, nesting: usize) {
        if nesting > MAX_NESTING {
            self.out.warn("Groups of shapes nested too deeply were left out.");
            return;
        }
        for shape in &parent.children {
            match shape.name.as_str() {
                "sp" if is_title(shape) || is_furniture(shape) => {}
                "sp" => self.text(shape),
                "grpSp" => self.shapes(shape, nesting + 1),
                "graphicFrame" => {
                    for table in shape.descendants("tbl") {
                        self.table(table);
                    }
                }
                "AlternateContent" => {
                    if let Some(version) = shape.child("Choice").or_else(|| shape.child("Fallback")) {
                        self.shapes(version, nesting + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, shape: &Element) {
        // How far each level has counted.
        let mut counts: [Option<i64>; 9] = [None; 9];
        for paragraph in paragraphs(shape) {
            let text = text_of(paragraph);
            if text.trim().is_empty() {
                continue;
            }
            let level =
                paragraph.child("pPr").and_then(|of| of.attribute("lvl")?.parse::<u8>().ok()).unwrap_or(0).min(8);
            let bullet = self.master.bullet(shape, paragraph, level);
            for deeper in counts.iter_mut().skip(usize::from(level) + 1) {
                *deeper = None;
            }
            let mark = match bullet {
                Bullet::None => None,
                Bullet::Mark => Some("•".to_owned()),
                Bullet::Number(form, after, start) => counts.get_mut(usize::from(level)).map(|counter| {
                    let count = counter.map_or(start, |count| count + 1);
                    *counter = Some(count);
                    format!("{}{after}", form.write(count))
                }),
            };
            match mark {
                Some(mark) => self.out.item(level, &mark, &text, Some(self.number)),
                None => self.out.paragraph(&text, Some(self.number)),
            }
        }
    }

    fn table(&mut self, table: &Element) {
        let first_row = table.child("tblPr").and_then(|properties| properties.attribute("firstRow"));
        let mut marked = matches!(first_row, Some("1" | "true"));
        let mut spans = Spans::default();
        let mut header = None;
        let mut rows = Vec::new();
        for row in table.children.iter().filter(|child| child.name == "tr") {
            let cells = row.children.iter().filter(|cell| cell.name == "tc").filter(|cell| {
                let on = |name| matches!(cell.attribute(name), Some("1" | "true"));
                !on("hMerge") && !on("vMerge")
            });
            let number = |cell: &Element, name| cell.attribute(name).and_then(|count| count.parse().ok()).unwrap_or(1);
            let cells = cells.map(|cell| {
                SpanCell::new(cell_of_lines(&lines(cell)), number(cell, "gridSpan"), number(cell, "rowSpan"))
            });
            let texts = spans.row(cells.collect(), marked);
            if marked {
                header = Some(texts);
                marked = false;
            } else {
                rows.push(Row { cells: texts, page: Some(self.number) });
            }
        }
        self.out.table(header, rows);
    }

    /// Reads the texts of a diagram (SmartArt) in the order of its data.
    pub(super) fn diagram(&mut self, data: &Element) {
        for point in data.descendants("pt") {
            if matches!(point.attribute("type"), None | Some("node")) {
                let text = lines(point).join(" ");
                if !text.trim().is_empty() {
                    self.out.item(0, "•", &text, Some(self.number));
                }
            }
        }
    }

    /// Reads the speaker's notes.
    pub(super) fn notes(&mut self, root: &Element) {
        for shape in root.descendants("sp") {
            if Placeholder::of(shape).is_some_and(|place| place.kind == "body") {
                for line in lines(shape) {
                    self.out.paragraph(&line, Some(self.number));
                }
            }
        }
    }
}

fn is_title(shape: &Element) -> bool {
    Placeholder::of(shape).is_some_and(|place| matches!(place.kind, "title" | "ctrTitle"))
}

/// Slide number, date and footer come on every slide.
fn is_furniture(shape: &Element) -> bool {
    Placeholder::of(shape).is_some_and(|place| matches!(place.kind, "sldNum" | "dt" | "ftr" | "hdr" | "sldImg"))
}

fn paragraphs(shape: &Element) -> Vec<&Element> {
    shape.descendants("p")
}

fn lines(shape: &Element) -> Vec<String> {
    paragraphs(shape).into_iter().map(text_of).filter(|text| !text.trim().is_empty()).collect()
}

/// Text of a paragraph, fields such as a date included, the slide's number not.
fn text_of(paragraph: &Element) -> String {
    let mut out = String::new();
    for child in &paragraph.children {
        match child.name.as_str() {
            "r" => {
                let struck =
                    child.child("rPr").and_then(|run| run.attribute("strike")).is_some_and(|kind| kind != "noStrike");
                if !struck {
                    out.push_str(&child.child_text("t").unwrap_or_default());
                }
            }
            "fld" if child.attribute("type") != Some("slidenum") => {
                out.push_str(&child.child_text("t").unwrap_or_default());
            }
            "br" => out.push('\n'),
            "m" | "oMath" | "AlternateContent" => {
                let math = child.descendants("t");
                out.extend(math.into_iter().map(Element::text));
            }
            _ => {}
        }
    }
    out
}
