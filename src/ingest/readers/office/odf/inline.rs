//! What does a paragraph of an OpenDocument file say, and what hangs on it?
//!
//! Comments, hidden and struck-out text are left out; deleted text does not stand in the paragraph at all. Not here:
//! what the paragraph is ([`super::body`]).

use super::styles::Styles;
use crate::ingest::readers::office::symbols;
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

/// What the styles around a stretch of text say of it.
#[derive(Clone, Copy)]
struct Look<'a> {
    bold: bool,
    font: &'a str,
}

impl<'a> Look<'a> {
    fn with(self, styles: &'a Styles, family: &str, style: &str) -> Self {
        Self {
            bold: styles.bold(family, style).unwrap_or(self.bold),
            font: styles.font(family, style).unwrap_or(self.font),
        }
    }
}

impl<'a> Inline<'a> {
    /// Everything within a paragraph or heading.
    pub(super) fn of(paragraph: &'a Element, styles: &'a Styles) -> Self {
        let mut inline = Self::default();
        let style = paragraph.attribute("style-name").unwrap_or_default();
        if !styles.is_dropped("paragraph", style) {
            let look = Look { bold: false, font: "" }.with(styles, "paragraph", style);
            inline.gather(paragraph, styles, look);
        }
        inline
    }

    fn gather(&mut self, parent: &'a Element, styles: &'a Styles, look: Look<'a>) {
        for child in &parent.children {
            match child.name.as_str() {
                TEXT => self.push(child.text(), look),
                "span" => {
                    let style = child.attribute("style-name").unwrap_or_default();
                    if !styles.is_dropped("text", style) {
                        self.gather(child, styles, look.with(styles, "text", style));
                    }
                }
                "s" => self.text.push(' '),
                "tab" => self.text.push('\t'),
                "line-break" => self.text.push('\n'),
                "note" => self.notes.extend(child.child("note-body")),
                "frame" | "custom-shape" | "rect" | "g" => self.boxes.push(child),
                // What a content control shows until somebody fills it in.
                "content-control" if child.attribute("showing-place-holder") == Some("true") => {}
                "ruby" => {
                    if let Some(base) = child.child("ruby-base") {
                        self.gather(base, styles, look);
                    }
                }
                // Comments, and text that a condition hides.
                "annotation" | "annotation-end" | "hidden-text" | "hidden-paragraph" | "number" | "script"
                | "bookmark" | "change" => {}
                // Links, fields and everything else that holds text.
                _ => self.gather(child, styles, look),
            }
        }
    }

    /// Line breaks in the file are spaces; only `line-break` is a break.
    fn push(&mut self, text: &str, look: Look<'_>) {
        self.text.extend(
            symbols::shown(text, look.font)
                .chars()
                .map(|character| if matches!(character, '\n' | '\t' | '\r') { ' ' } else { character }),
        );
        let added = text.chars().filter(|character| !character.is_whitespace()).count();
        if look.bold {
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
