//! In which order do the paragraphs and tables of a Word document come, and what is each?
//!
//! Walks the body once. Not here: the text within a paragraph ([`super::inline`]), the rows of a table
//! ([`super::cells`]) and telling the table of facts from the text ([`crate::ingest::readers::collect`]).

use super::inline::{Inline, NoteMark, shows_placeholder};
use super::numbering::Numbering;
use super::styles::{ListPlace, Role, Styles, list_place, outline_level};
use crate::ingest::readers::collect::{Collector, label_line};
use crate::ingest::readers::office::xml::Element;

/// Tables and text boxes within each other deeper than this are left out.
pub(super) const MAX_NESTING: usize = 12;

/// The parts that hold the texts of notes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Notes<'a> {
    pub(super) footnotes: Option<&'a Element>,
    pub(super) endnotes: Option<&'a Element>,
}

/// The walk through a document's body.
pub(super) struct Body<'a> {
    pub(super) styles: &'a Styles,
    numbering: Numbering,
    notes: Notes<'a>,
    pub(super) out: Collector,
    /// Headings sink one level below a title paragraph.
    shift: u8,
    /// The document has no heading styles, so short bold paragraphs are its headings.
    bold_headings: bool,
    /// Current page, where Word's page marks can be trusted.
    pub(super) page: Option<u32>,
    breaks: u32,
    /// What a deleted paragraph mark left before the next paragraph.
    joined: Option<Inline<'a>>,
    in_note: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        styles: &'a Styles,
        numbering: Numbering,
        notes: Notes<'a>,
        root: &'a Element,
        out: Collector,
    ) -> Self {
        let mut body = Self {
            styles,
            numbering,
            notes,
            out,
            shift: 0,
            bold_headings: true,
            page: None,
            breaks: 0,
            joined: None,
            in_note: false,
        };
        for paragraph in root.descendants("p") {
            match body.role(paragraph) {
                Role::Title if !Inline::of(paragraph, styles).is_blank() => body.shift = 1,
                Role::Heading(_) => body.bold_headings = false,
                Role::Title | Role::Contents | Role::Body => {}
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
                "sdt" if is_contents(child) || shows_placeholder(child) => {}
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

    pub(super) fn role(&self, paragraph: &Element) -> Role {
        let properties = paragraph.child("pPr");
        match properties.and_then(outline_level) {
            Some(level @ 0..=8) => Role::Heading(level + 1),
            _ => style_id(paragraph).map_or(Role::Body, |id| self.styles.role(id)),
        }
    }

    /// Where a paragraph stands in a list, by itself or by its style.
    pub(super) fn list_place(&self, paragraph: &Element) -> Option<ListPlace> {
        let own = paragraph.child("pPr").and_then(list_place);
        own.or_else(|| {
            let style = style_id(paragraph)?;
            let (holder, place) = self.styles.list(style)?;
            let level = self.numbering.level_of_style(&place.number, holder).unwrap_or(place.level);
            Some(ListPlace { level, ..place })
        })
    }

    fn paragraph(&mut self, paragraph: &'a Element, nesting: usize) {
        let mut inline = self.joined.take().unwrap_or_default();
        inline.gather(paragraph, self.styles);
        if mark_is_deleted(paragraph) {
            self.joined = Some(inline);
            return;
        }
        let role = self.role(paragraph);
        // The mark stands before the first word of the new page; text before it in the paragraph is on the old one.
        let page = self.page;
        if let Some(current) = self.page.as_mut() {
            *current += inline.page_breaks;
        }
        let page = if inline.is_blank() {
            self.page
        } else {
            page.map(|first| if inline.starts_page() { first + 1 } else { first })
        };
        let place = self.list_place(paragraph);
        if !inline.is_blank() {
            self.emit(paragraph, role, place, &inline, page);
        } else if let Some(place) = place {
            // An empty paragraph in a list shows its number, so the next one goes on from there.
            self.mark(&place);
        }
        for text_box in std::mem::take(&mut inline.boxes) {
            self.blocks(text_box, nesting + 1);
        }
        for note in std::mem::take(&mut inline.notes) {
            self.note(note, nesting);
        }
    }

    fn emit(
        &mut self,
        paragraph: &Element,
        role: Role,
        place: Option<ListPlace>,
        inline: &Inline<'_>,
        page: Option<u32>,
    ) {
        let style = style_id(paragraph).unwrap_or_default();
        match role {
            Role::Contents => {}
            Role::Title => {
                self.out.set_title(&inline.text);
                self.out.heading(1, &inline.text, page);
            }
            Role::Heading(level) => {
                let mark =
                    place.and_then(|place| self.mark(&place)).filter(|mark| mark.chars().any(char::is_alphanumeric));
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

    pub(super) fn mark(&mut self, place: &ListPlace) -> Option<String> {
        if place.number == "0" { None } else { self.numbering.next(place) }
    }

    fn is_bold_heading(&self, style: &str, inline: &Inline<'_>) -> bool {
        let text = inline.text.trim();
        !self.in_note
            && (inline.all_bold() || self.styles.is_bold(style))
            && text.chars().count() <= 80
            && !text.ends_with(['.', ':', ',', ';'])
            && label_line(text).is_none()
    }

    /// A note's paragraphs follow the paragraph that refers to it.
    fn note(&mut self, mark: NoteMark<'_>, nesting: usize) {
        // A note that refers to itself would never end.
        if self.in_note {
            return;
        }
        if let Some(note) = self.note_element(mark) {
            self.in_note = true;
            self.blocks(note, nesting + 1);
            self.in_note = false;
        }
    }

    /// The element that holds a note's paragraphs.
    pub(super) fn note_element(&self, mark: NoteMark<'_>) -> Option<&'a Element> {
        let (part, id) = match mark {
            NoteMark::Foot(id) => (self.notes.footnotes?, id),
            NoteMark::End(id) => (self.notes.endnotes?, id),
        };
        part.children.iter().find(|note| note.attribute("id") == Some(id))
    }
}

/// Style of a paragraph.
pub(super) fn style_id(paragraph: &Element) -> Option<&str> {
    paragraph.child("pPr")?.value_of("pStyle")
}

/// Whether a tracked change takes the end of this paragraph away, so that it runs into the next.
fn mark_is_deleted(paragraph: &Element) -> bool {
    paragraph.path(&["pPr", "rPr"]).is_some_and(|mark| mark.child("del").is_some() || mark.child("moveFrom").is_some())
}

/// A content control that holds the table of contents.
fn is_contents(control: &Element) -> bool {
    let gallery = control.path(&["sdtPr", "docPartObj", "docPartGallery"]);
    gallery
        .and_then(|gallery| gallery.attribute("val"))
        .is_some_and(|kind| kind.eq_ignore_ascii_case("Table of Contents"))
}
