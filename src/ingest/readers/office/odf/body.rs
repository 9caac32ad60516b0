//! In which order do the paragraphs, lists and tables of a text document come, and what is each?
//!
//! Walks the body once. Not here: the text within a paragraph ([`super::inline`]) and the rows of a table
//! ([`super::table`]).

use super::inline::Inline;
use super::lists::{Lists, OpenList};
use super::styles::{Role, Styles};
use super::table::{Cell, Table};
use crate::ingest::readers::collect::{Collector, Row, cell_of_lines, label_line};
use crate::ingest::readers::office::xml::Element;
use crate::ingest::readers::spans::join_headers;

/// The walk through a document's body.
pub(super) struct Body<'a> {
    styles: &'a Styles,
    lists: Lists,
    out: Collector,
    /// Headings sink one level below a title paragraph.
    shift: u8,
    /// The document has no headings, so short bold paragraphs are its headings.
    bold_headings: bool,
    in_note: bool,
}

/// Where a paragraph stands in a list.
struct Place {
    depth: usize,
    mark: Option<String>,
}

impl<'a> Body<'a> {
    pub(super) fn new(styles: &'a Styles, lists: Lists, root: &'a Element, out: Collector) -> Self {
        let has_title = root.descendants("p").into_iter().any(|paragraph| {
            styles.role(style_of(paragraph)) == Role::Title && !Inline::of(paragraph, styles).is_blank()
        });
        let has_headings = !root.descendants("h").is_empty()
            || root.descendants("p").into_iter().any(|paragraph| styles.outline(style_of(paragraph)).is_some());
        Self { styles, lists, out, shift: u8::from(has_title), bold_headings: !has_headings, in_note: false }
    }

    pub(super) fn finish(self) -> Collector {
        self.out
    }

    /// Reads everything on block level within `parent`.
    pub(super) fn blocks(&mut self, parent: &'a Element) {
        for child in &parent.children {
            match child.name.as_str() {
                "h" | "p" => self.paragraph(child, None),
                "list" => self.outer_list(child, 0),
                "table" => self.table(child),
                "section" if child.attribute("display") == Some("none") => {}
                "section" | "numbered-paragraph" | "text-box" | "frame" | "custom-shape" | "rect" | "g" => {
                    self.blocks(child);
                }
                // Contents, indexes, tracked deletions and declarations are no text of the document.
                _ => {}
            }
        }
    }

    /// A list that counts for itself: an outermost one, or one within another that has a style of its own.
    fn outer_list(&mut self, list: &'a Element, depth: usize) {
        let mut open = self.lists.open(list, style_of(list));
        self.list(list, &mut open, depth);
        self.lists.close(open);
    }

    fn list(&mut self, list: &'a Element, open: &mut OpenList, depth: usize) {
        for item in list.children.iter().filter(|item| is_item(item)) {
            let start = item.attribute("start-value").and_then(|start| start.parse().ok());
            // Only the first paragraph of an item carries its mark.
            let mut fresh = item.name == "list-item";
            for child in &item.children {
                match child.name.as_str() {
                    "h" | "p" => {
                        let mark = fresh.then(|| self.lists.next(open, depth, start)).flatten();
                        let place = fresh.then_some(Place { depth, mark });
                        fresh = false;
                        self.paragraph(child, place);
                    }
                    "list" if open.goes_on_in(style_of(child)) => self.list(child, open, depth + 1),
                    "list" => self.outer_list(child, depth + 1),
                    "table" => self.table(child),
                    _ => {}
                }
            }
        }
    }

    fn paragraph(&mut self, paragraph: &'a Element, place: Option<Place>) {
        let inline = Inline::of(paragraph, self.styles);
        let style = style_of(paragraph);
        let level = if paragraph.name == "h" {
            let given = paragraph.attribute("outline-level").and_then(|level| level.parse().ok());
            Some(given.or_else(|| self.styles.outline(style)).unwrap_or(1))
        } else {
            self.styles.outline(style)
        };
        if !inline.is_blank() {
            match (self.styles.role(style), level) {
                (Role::Contents, _) => {}
                (Role::Title, _) => {
                    self.out.set_title(&inline.text);
                    self.out.heading(1, &inline.text, None);
                }
                (Role::Body, Some(level)) => self.heading(paragraph, level, place, &inline),
                (Role::Body, None) => self.body_text(place, &inline),
            }
        }
        for shape in inline.boxes {
            self.blocks(shape);
        }
        if !self.in_note {
            self.in_note = true;
            for note in inline.notes {
                self.blocks(note);
            }
            self.in_note = false;
        }
    }

    fn heading(&mut self, heading: &Element, level: u8, place: Option<Place>, inline: &Inline<'_>) {
        let written = heading.child("number").map(Element::all_text);
        let listed = place.and_then(|place| place.mark);
        let numbered = heading.name == "h"
            && heading.attribute("is-list-header") != Some("true")
            && !self.styles.is_unnumbered(style_of(heading));
        let counted = if numbered { self.lists.next_heading(level) } else { None };
        let mark = written.or(listed).or(counted).filter(|mark| mark.chars().any(char::is_alphanumeric));
        let text = mark.map_or_else(|| inline.text.clone(), |mark| format!("{mark} {}", inline.text));
        self.out.heading(level.saturating_add(self.shift), &text, None);
    }

    fn body_text(&mut self, place: Option<Place>, inline: &Inline<'_>) {
        match place {
            Some(Place { depth, mark: Some(mark) }) => self.out.item(depth.min(8) as u8, &mark, &inline.text, None),
            None if self.bold_headings && !self.in_note && is_bold_heading(inline) => {
                self.out.heading(1 + self.shift, &inline.text, None);
            }
            // A list without marks is how some documents indent.
            _ => self.out.paragraph(&inline.text, None),
        }
    }

    fn table(&mut self, element: &'a Element) {
        let table = Table::new(element);
        // One column is a frame around text, not a table.
        if table.rows.iter().all(|row| row.cells.len() <= 1) || self.holds_sections(&table) {
            for cell in table.rows.iter().flat_map(|row| &row.cells) {
                self.blocks(cell.element);
            }
            return;
        }
        let (headers, rows) = table.texts(|cell| self.cell_text(cell));
        let rows = rows.into_iter().map(|cells| Row { cells, page: None }).collect();
        self.out.table(join_headers(&headers), rows);
    }

    /// Whether the table only places text on the page: a cell holds a heading and more.
    fn holds_sections(&self, table: &Table<'_>) -> bool {
        let in_rows = table.rows.iter().filter(|row| row.cells.len() > 1).flat_map(|row| &row.cells);
        in_rows.into_iter().any(|cell| {
            let filled = |name: &str| {
                cell.element
                    .children
                    .iter()
                    .any(|child| child.name == name && !Inline::of(child, self.styles).is_blank())
            };
            filled("h")
                && (filled("p") || cell.element.child("list").is_some() || cell.element.child("table").is_some())
        })
    }

    fn cell_text(&mut self, cell: &Cell<'a>) -> String {
        let mut lines = Vec::new();
        self.cell_lines(cell.element, &mut lines);
        cell_of_lines(&lines)
    }

    fn cell_lines(&mut self, cell: &'a Element, lines: &mut Vec<String>) {
        for child in &cell.children {
            match child.name.as_str() {
                "h" | "p" => {
                    let inline = Inline::of(child, self.styles);
                    lines.push(inline.text);
                    for shape in inline.boxes {
                        self.cell_lines(shape, lines);
                    }
                    for note in inline.notes {
                        let texts = note.descendants("p");
                        let texts = texts.into_iter().map(|text| Inline::of(text, self.styles).text);
                        lines.extend(texts.map(|text| format!("({})", text.trim())));
                    }
                }
                "list" => {
                    let mut open = self.lists.open(child, style_of(child));
                    self.list_lines(child, &mut open, 0, lines);
                    self.lists.close(open);
                }
                "table" => {
                    let (headers, rows) = Table::new(child).texts(|cell| self.cell_text(cell));
                    lines.extend(headers.into_iter().chain(rows).map(|row| row.join(" ")));
                }
                "section" | "text-box" | "frame" | "custom-shape" | "g" => self.cell_lines(child, lines),
                _ => {}
            }
        }
    }

    fn list_lines(&mut self, list: &'a Element, open: &mut OpenList, depth: usize, lines: &mut Vec<String>) {
        for item in list.children.iter().filter(|item| is_item(item)) {
            let start = item.attribute("start-value").and_then(|start| start.parse().ok());
            let mut fresh = item.name == "list-item";
            for child in &item.children {
                match child.name.as_str() {
                    "h" | "p" => {
                        let text = Inline::of(child, self.styles).text;
                        let mark = fresh.then(|| self.lists.next(open, depth, start)).flatten();
                        fresh = false;
                        lines.push(mark.map_or_else(|| text.clone(), |mark| format!("{mark} {text}")));
                    }
                    "list" if open.goes_on_in(style_of(child)) => self.list_lines(child, open, depth + 1, lines),
                    "list" => {
                        let mut own = self.lists.open(child, style_of(child));
                        self.list_lines(child, &mut own, depth + 1, lines);
                        self.lists.close(own);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Takes labels and values from a page header or footer.
pub(super) fn facts(edge: &Element, styles: &Styles, out: &mut Collector) {
    let text_of = |cell: &Cell<'_>| {
        let lines: Vec<String> =
            cell.element.descendants("p").into_iter().map(|line| Inline::of(line, styles).text).collect();
        cell_of_lines(&lines)
    };
    for element in edge.descendants("table") {
        let (headers, rows) = Table::new(element).texts(text_of);
        let rows: Vec<Row> = headers.into_iter().chain(rows).map(|cells| Row { cells, page: None }).collect();
        out.facts(&rows);
    }
    for paragraph in edge.descendants("p") {
        let text = Inline::of(paragraph, styles).text;
        if !out.label_lines(&text) {
            out.edge_line(&text);
        }
    }
}

/// An item of a list, or the text without a mark above its items.
fn is_item(element: &Element) -> bool {
    matches!(element.name.as_str(), "list-item" | "list-header")
}

fn style_of(paragraph: &Element) -> &str {
    paragraph.attribute("style-name").unwrap_or_default()
}

fn is_bold_heading(inline: &Inline<'_>) -> bool {
    let text = inline.text.trim();
    inline.all_bold()
        && text.chars().count() <= 80
        && !text.ends_with(['.', ':', ',', ';'])
        && label_line(text).is_none()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::readers::office::xml::parse_mixed;

    #[test]
    fn the_header_of_a_list_in_a_cell_is_read() {
        let item = |name: &str, text: &str| format!("<{name}><p>{text}</p></{name}>");
        let list = format!("<list>{}{}</list>", item("list-header", "Vid larm:"), item("list-item", "Ring"));
        let row = format!("<table-row><table-cell><p>Natt</p></table-cell><table-cell>{list}</table-cell></table-row>");
        let root = parse_mixed(format!("<text><table>{row}</table></text>").as_bytes(), "ODT").unwrap();
        let styles = Styles::new(&[]);
        let mut body = Body::new(&styles, Lists::new(&[]), &root, Collector::new());
        body.blocks(&root);
        assert_eq!(body.finish().finish().unwrap().blocks[0].text, "Natt; Vid larm: Ring");
    }

    #[test]
    fn a_footer_that_is_no_label_line_may_hold_facts_too() {
        let footer = parse_mixed("<footer><p>Lotsby kommun · Dokumentansvarig MAS</p></footer>".as_bytes(), "ODT");
        let mut out = Collector::new();
        facts(&footer.unwrap(), &Styles::new(&[]), &mut out);
        out.paragraph("Text.", None);
        let expected = ("Dokumentansvarig".to_owned(), "MAS".to_owned());
        assert_eq!(out.finish().unwrap().properties, [expected]);
    }
}
