//! In which order do the paragraphs and tables of a Word document come, and what is each?
//!
//! Walks the body once. Not here: reading the parts ([`super`]) and telling the table of facts from the text
//! ([`super::super::collect`]).

use super::super::collect::{Collector, Row};
use super::numbering::Numbering;
use super::styles::{ListPlace, Role, Styles, list_place, outline_level};
use super::table;
use super::xml::Element;

/// Tables and text boxes within each other deeper than this are left out.
const MAX_NESTING: usize = 12;

/// The walk through a document's body.
pub(super) struct Body<'a> {
    styles: &'a Styles,
    numbering: Numbering,
    footnotes: Option<&'a Element>,
    out: Collector,
    /// Headings sink one level below a title paragraph.
    shift: u8,
    /// The document has no heading styles, so short bold paragraphs are its headings.
    bold_headings: bool,
    /// Current page, where Word's page marks can be trusted.
    page: Option<u32>,
    breaks: u32,
}

/// A paragraph's text and what hangs on it.
#[derive(Default)]
struct Inline<'a> {
    text: String,
    boxes: Vec<&'a Element>,
    notes: Vec<&'a str>,
    page_breaks: u32,
    bold: usize,
    plain: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        styles: &'a Styles,
        numbering: Numbering,
        footnotes: Option<&'a Element>,
        root: &'a Element,
        out: Collector,
    ) -> Self {
        let mut body = Self { styles, numbering, footnotes, out, shift: 0, bold_headings: true, page: None, breaks: 0 };
        for paragraph in root.descendants("p") {
            match body.role(paragraph) {
                Role::Title => body.shift = 1,
                Role::Heading(_) => body.bold_headings = false,
                Role::Contents | Role::Body => {}
            }
        }
        body.breaks = root.descendants("lastRenderedPageBreak").len() as u32;
        body
    }

    /// Word leaves a mark where a page began when it last showed the document; they count only if there are as many as
    /// Word says that there are pages.
    pub(super) fn count_pages(&mut self, shown: Option<u32>) {
        if shown == Some(self.breaks + 1) && self.breaks > 0 {
            self.page = Some(1);
            self.out.set_pages(self.breaks + 1);
        }
    }

    pub(super) fn finish(self) -> Collector {
        self.out
    }

    /// Reads everything on block level within `parent`.
    pub(super) fn blocks(&mut self, parent: &'a Element, nesting: usize) {
        if nesting > MAX_NESTING {
            self.out.warn("Text boxes or tables nested too deeply were left out.");
            return;
        }
        for child in &parent.children {
            match child.name.as_str() {
                "p" => self.paragraph(child, nesting),
                "tbl" => self.table(child, nesting),
                "sdt" if is_contents(child) => {}
                "sdt" | "sdtContent" | "ins" | "moveTo" | "customXml" | "smartTag" => self.blocks(child, nesting),
                "AlternateContent" => {
                    if let Some(choice) = child.child("Choice").or_else(|| child.child("Fallback")) {
                        self.blocks(choice, nesting);
                    }
                }
                "altChunk" => self.out.warn("An embedded document (altChunk) was left out."),
                _ => {}
            }
        }
    }

    fn role(&self, paragraph: &Element) -> Role {
        let properties = paragraph.child("pPr");
        match properties.and_then(outline_level) {
            Some(level @ 0..=8) => Role::Heading(level + 1),
            _ => style_id(paragraph).map_or(Role::Body, |id| self.styles.role(id)),
        }
    }

    fn paragraph(&mut self, paragraph: &'a Element, nesting: usize) {
        let mut inline = Inline::default();
        gather(paragraph, &mut inline);
        let role = self.role(paragraph);
        // The mark stands before the first word of the new page; text before it in the paragraph is on the old one.
        let page = self.page;
        if let Some(current) = self.page.as_mut() {
            *current += inline.page_breaks;
        }
        let page = if inline.text.trim().is_empty() {
            self.page
        } else {
            page.map(|first| if inline.starts_page() { first + 1 } else { first })
        };
        if !inline.text.trim().is_empty() {
            self.emit(paragraph, role, &inline, page);
        }
        for text_box in std::mem::take(&mut inline.boxes) {
            self.blocks(text_box, nesting + 1);
        }
        for note in std::mem::take(&mut inline.notes) {
            self.footnote(note, nesting);
        }
    }

    fn emit(&mut self, paragraph: &Element, role: Role, inline: &Inline<'_>, page: Option<u32>) {
        let style = style_id(paragraph).unwrap_or_default();
        let place = paragraph.child("pPr").and_then(list_place).or_else(|| self.styles.list(style));
        match role {
            Role::Contents => {}
            Role::Title => {
                self.out.set_title(&inline.text);
                self.out.heading(1, &inline.text, page);
            }
            Role::Heading(level) => {
                let mark =
                    place.and_then(|place| self.mark(&place)).filter(|mark| mark.chars().any(|c| c.is_ascii_digit()));
                let text = mark.map_or_else(|| inline.text.clone(), |mark| format!("{mark} {}", inline.text));
                self.out.heading(level + self.shift, &text, page);
            }
            Role::Body => match place.as_ref().and_then(|place| Some((self.mark(place)?, place.level))) {
                Some((mark, level)) => self.out.item(level, &mark, &inline.text, page),
                None if self.bold_headings && self.is_bold_heading(style, inline) => {
                    self.out.heading(1 + self.shift, &inline.text, page);
                }
                None => self.out.paragraph(&inline.text, page),
            },
        }
    }

    fn mark(&mut self, place: &ListPlace) -> Option<String> {
        if place.number == "0" { None } else { self.numbering.next(place) }
    }

    fn is_bold_heading(&self, style: &str, inline: &Inline<'_>) -> bool {
        let text = inline.text.trim();
        let all_bold = (inline.bold > 0 && inline.plain == 0) || self.styles.is_bold(style);
        all_bold
            && text.chars().count() <= 80
            && !text.ends_with(['.', ':', ',', ';'])
            && super::label_line(text).is_none()
    }

    fn footnote(&mut self, id: &str, nesting: usize) {
        let note = self.footnotes.and_then(|notes| notes.children.iter().find(|note| note.attribute("id") == Some(id)));
        if let Some(note) = note {
            self.blocks(note, nesting + 1);
        }
    }

    fn table(&mut self, table: &'a Element, nesting: usize) {
        let rows = table::rows(table);
        // One column is a frame around text, not a table.
        if rows.iter().all(|row| row.cells.len() <= 1) {
            for cell in rows.iter().flat_map(|row| &row.cells) {
                self.blocks(cell.element, nesting + 1);
            }
            return;
        }
        let mut header = None;
        let mut plain: Vec<Row> = Vec::new();
        let mut above: Vec<String> = Vec::new();
        for row in &rows {
            let mut cells = Vec::new();
            let mut breaks = 0;
            for cell in &row.cells {
                let (text, inner) = self.cell_text(cell.element, nesting);
                breaks = breaks.max(inner);
                let repeated = cell.continues && text.trim().is_empty();
                cells.push(if repeated { above.get(cells.len()).cloned().unwrap_or_default() } else { text });
                if row.cells.len() > 1 {
                    cells.extend(std::iter::repeat_n(String::new(), cell.span - 1));
                }
            }
            let page = self.page;
            if let Some(current) = self.page.as_mut() {
                *current += breaks;
            }
            above.clone_from(&cells);
            if row.is_header && header.is_none() && plain.is_empty() {
                header = Some(cells);
            } else if !row.is_header || plain.is_empty() {
                plain.push(Row { cells, page });
            }
        }
        self.out.table(header, plain);
    }

    /// A cell's text on one line, and the page marks within.
    fn cell_text(&mut self, cell: &'a Element, nesting: usize) -> (String, u32) {
        let mut lines: Vec<String> = Vec::new();
        let mut breaks = 0;
        if nesting > MAX_NESTING {
            return (String::new(), 0);
        }
        for child in &cell.children {
            match child.name.as_str() {
                "p" => {
                    let mut inline = Inline::default();
                    gather(child, &mut inline);
                    breaks += inline.page_breaks;
                    let place = child.child("pPr").and_then(list_place).or_else(|| self.styles.list(style_id(child)?));
                    let mark = place.and_then(|place| self.mark(&place)).filter(|_| !inline.text.trim().is_empty());
                    lines.push(mark.map_or_else(|| inline.text.clone(), |mark| format!("{mark} {}", inline.text)));
                    for text_box in inline.boxes {
                        lines.push(self.cell_text(text_box, nesting + 1).0);
                    }
                }
                "tbl" => {
                    for row in table::rows(child) {
                        let cells: Vec<String> =
                            row.cells.iter().map(|cell| self.cell_text(cell.element, nesting + 1).0).collect();
                        lines.push(cells.join(" "));
                    }
                }
                "sdt" | "sdtContent" | "ins" | "customXml" => {
                    let (text, inner) = self.cell_text(child, nesting + 1);
                    lines.push(text);
                    breaks += inner;
                }
                _ => {}
            }
        }
        lines.retain(|line| !line.trim().is_empty());
        (lines.join(" "), breaks)
    }
}

impl Inline<'_> {
    /// Whether the page mark came before any text.
    fn starts_page(&self) -> bool {
        self.page_breaks > 0 && self.text.starts_with('\u{c}')
    }
}

fn style_id(paragraph: &Element) -> Option<&str> {
    paragraph.child("pPr")?.value_of("pStyle")
}

/// A content control that holds the table of contents.
fn is_contents(control: &Element) -> bool {
    let gallery = control.path(&["sdtPr", "docPartObj", "docPartGallery"]);
    gallery
        .and_then(|gallery| gallery.attribute("val"))
        .is_some_and(|kind| kind.eq_ignore_ascii_case("Table of Contents"))
}

/// Collects a paragraph's text in order. Deletions, comments and field codes are left out.
fn gather<'a>(parent: &'a Element, inline: &mut Inline<'a>) {
    for child in &parent.children {
        match child.name.as_str() {
            "r" => run(child, inline),
            "ins" | "moveTo" | "hyperlink" | "smartTag" | "sdt" | "sdtContent" | "fldSimple" | "customXml" | "dir"
            | "bdo" => {
                gather(child, inline);
            }
            "oMath" | "oMathPara" => {
                for text in child.descendants("t") {
                    inline.text.push_str(text.text());
                }
            }
            _ => {}
        }
    }
}

fn run<'a>(run: &'a Element, inline: &mut Inline<'a>) {
    let properties = run.child("rPr");
    // Hidden text, and text that somebody struck out because it no longer holds.
    if properties.is_some_and(|properties| ["vanish", "strike", "dstrike"].iter().any(|name| properties.is_on(name))) {
        return;
    }
    let before = inline.text.len();
    for child in &run.children {
        match child.name.as_str() {
            "t" => inline.text.push_str(child.text()),
            "tab" | "ptab" => inline.text.push('\t'),
            "br" | "cr" => inline.text.push('\n'),
            "noBreakHyphen" => inline.text.push('-'),
            "sym" => inline.text.push_str(symbol(child)),
            "lastRenderedPageBreak" => {
                inline.page_breaks += 1;
                if inline.text.trim().is_empty() {
                    // Kept until whitespace is folded, to tell that the page began before the first word.
                    inline.text.insert(0, '\u{c}');
                }
            }
            "footnoteReference" => inline.notes.extend(child.attribute("id")),
            "drawing" | "pict" | "object" => inline.boxes.extend(child.descendants("txbxContent")),
            "AlternateContent" => {
                let choice = child.child("Choice").or_else(|| child.child("Fallback"));
                inline.boxes.extend(choice.map(|choice| choice.descendants("txbxContent")).unwrap_or_default());
            }
            _ => {}
        }
    }
    let added =
        inline.text[before.min(inline.text.len())..].chars().filter(|character| !character.is_whitespace()).count();
    if properties.is_some_and(|properties| properties.is_on("b")) {
        inline.bold += added;
    } else {
        inline.plain += added;
    }
}

/// Check boxes and arrows from symbol fonts.
fn symbol(symbol: &Element) -> &'static str {
    match symbol.attribute("char").map(str::to_uppercase).as_deref() {
        Some("F0FE" | "F052" | "F053") => "☒",
        Some("F0A8" | "F06F" | "F0A3") => "☐",
        Some("F0FC") => "✓",
        Some("F0E0") => "→",
        Some("F0DE" | "F0F0") => "⇒",
        _ => "",
    }
}
