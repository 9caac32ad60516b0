//! What does a paragraph of an OpenDocument file say, and what hangs on it?
//!
//! Comments, hidden and struck-out text are left out; deleted text does not stand in the paragraph at all. Not here:
//! what the paragraph is ([`super::body`]).

use super::styles::Styles;
use crate::ingest::readers::office::xml::{Element, TEXT};

/// A paragraph's text and what hangs on it.
#[derive(Default)]
pub(super) struct Inline<'a> {
    /// Text with tabs and line breaks.
    pub(super) text: String,
    /// Text boxes and shapes that are anchored here.
    pub(super) boxes: Vec<&'a Element>,
    /// Bodies of footnotes and endnotes that are referred to.
    pub(super) notes: Vec<&'a Element>,
    bold: usize,
    plain: usize,
}

impl<'a> Inline<'a> {
    /// Everything within a paragraph or heading.
    pub(super) fn of(paragraph: &'a Element, styles: &Styles) -> Self {
        let mut inline = Self::default();
        let style = paragraph.attribute("style-name").unwrap_or_default();
        if !styles.is_dropped("paragraph", style) {
            let bold = styles.bold("paragraph", style).unwrap_or(false);
            inline.gather(paragraph, styles, bold);
        }
        inline
    }

    fn gather(&mut self, parent: &'a Element, styles: &Styles, bold: bool) {
        for child in &parent.children {
            match child.name.as_str() {
                TEXT => self.push(child.text(), bold),
                "span" => {
                    let style = child.attribute("style-name").unwrap_or_default();
                    if !styles.is_dropped("text", style) {
                        self.gather(child, styles, styles.bold("text", style).unwrap_or(bold));
                    }
                }
                "s" => self.text.push(' '),
                "tab" => self.text.push('\t'),
                "line-break" => self.text.push('\n'),
                "note" => self.notes.extend(child.child("note-body")),
                "frame" | "custom-shape" | "rect" | "g" => self.boxes.push(child),
                "ruby" => {
                    if let Some(base) = child.child("ruby-base") {
                        self.gather(base, styles, bold);
                    }
                }
                // Comments, and text that a condition hides.
                "annotation" | "annotation-end" | "hidden-text" | "hidden-paragraph" | "number" | "script"
                | "bookmark" | "change" => {}
                // Links, fields and everything else that holds text.
                _ => self.gather(child, styles, bold),
            }
        }
    }

    /// Line breaks in the file are spaces; only `line-break` is a break.
    fn push(&mut self, text: &str, bold: bool) {
        self.text.extend(
            text.chars().map(|character| if matches!(character, '\n' | '\t' | '\r') { ' ' } else { character }),
        );
        let added = text.chars().filter(|character| !character.is_whitespace()).count();
        if bold {
            self.bold += added;
        } else {
            self.plain += added;
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(super) fn all_bold(&self) -> bool {
        self.bold > 0 && self.plain == 0
    }
}
