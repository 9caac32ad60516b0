//! What does a paragraph say, and what hangs on it?
//!
//! Deletions, comments, field codes and hidden text are left out; insertions are kept. Not here: what the paragraph is
//! ([`super::body`]).

use super::styles::Styles;
use crate::ingest::readers::office::symbols;
use crate::ingest::readers::office::xml::Element;

/// A note at the foot of the page or the end of the document, by its id.
#[derive(Debug, Clone, Copy)]
pub(super) enum NoteMark<'a> {
    Foot(&'a str),
    End(&'a str),
}

/// A paragraph's text and what hangs on it.
#[derive(Default)]
pub(super) struct Inline<'a> {
    /// Text with tabs and line breaks.
    pub(super) text: String,
    /// Text boxes that are anchored here.
    pub(super) boxes: Vec<&'a Element>,
    /// Notes that are referred to.
    pub(super) notes: Vec<NoteMark<'a>>,
    /// Marks that a page began when Word last showed the document.
    pub(super) page_breaks: u32,
    bold: usize,
    plain: usize,
}

impl<'a> Inline<'a> {
    /// Everything within a paragraph.
    pub(super) fn of(paragraph: &'a Element, styles: &Styles) -> Self {
        let mut inline = Self::default();
        inline.gather(paragraph, styles);
        inline
    }

    /// Adds what stands in `parent`, in order.
    pub(super) fn gather(&mut self, parent: &'a Element, styles: &Styles) {
        for child in &parent.children {
            match child.name.as_str() {
                "r" => self.run(child, styles),
                "sdt" if shows_placeholder(child) => {}
                "ins" | "moveTo" | "hyperlink" | "smartTag" | "sdt" | "sdtContent" | "fldSimple" | "customXml"
                | "dir" | "bdo" => self.gather(child, styles),
                "AlternateContent" => self.alternative(child, styles),
                "oMath" | "oMathPara" => {
                    for text in child.descendants("t") {
                        self.text.push_str(text.text());
                    }
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, run: &'a Element, styles: &Styles) {
        let properties = run.child("rPr");
        // Hidden text, and text that somebody struck out because it no longer holds.
        if properties.is_some_and(|of| ["vanish", "strike", "dstrike"].iter().any(|name| of.is_on(name))) {
            return;
        }
        let before = self.text.len();
        self.content(run, styles);
        let added = self.text.get(before..).unwrap_or_default().chars().filter(|c| !c.is_whitespace()).count();
        let own = properties.and_then(|of| of.child("b").map(|_| of.is_on("b")));
        let by_style = || properties.and_then(|of| of.value_of("rStyle")).is_some_and(|style| styles.is_bold(style));
        if own.unwrap_or_else(by_style) {
            self.bold += added;
        } else {
            self.plain += added;
        }
    }

    fn content(&mut self, run: &'a Element, styles: &Styles) {
        for child in &run.children {
            match child.name.as_str() {
                "t" => self.text.push_str(&symbols::shown(child.text(), font(run))),
                "tab" | "ptab" => self.text.push('\t'),
                "br" | "cr" => self.text.push('\n'),
                "noBreakHyphen" => self.text.push('-'),
                "sym" => {
                    let code = child.attribute("char").and_then(|code| u32::from_str_radix(code, 16).ok());
                    let sign = |code| symbols::sign(code, child.attribute("font").unwrap_or_default());
                    self.text.push_str(&code.map(sign).unwrap_or_default());
                }
                "lastRenderedPageBreak" => {
                    self.page_breaks += 1;
                    if self.text.trim().is_empty() {
                        // Kept until whitespace is folded, to tell that the page began before the first word.
                        self.text.insert(0, '\u{c}');
                    }
                }
                "footnoteReference" => self.notes.extend(child.attribute("id").map(NoteMark::Foot)),
                "endnoteReference" => self.notes.extend(child.attribute("id").map(NoteMark::End)),
                "drawing" | "pict" | "object" => collect_boxes(child, &mut self.boxes),
                "AlternateContent" => self.alternative(child, styles),
                _ => {}
            }
        }
    }

    /// The same thing for newer and older versions of Word: read once.
    fn alternative(&mut self, alternatives: &'a Element, styles: &Styles) {
        let (boxes, length) = (self.boxes.len(), self.text.len());
        for version in ["Choice", "Fallback"] {
            if let Some(version) = alternatives.child(version) {
                self.content(version, styles);
                self.gather(version, styles);
            }
            if self.boxes.len() > boxes || self.text.len() > length {
                return;
            }
        }
    }

    /// Whether the page mark came before any text.
    pub(super) fn starts_page(&self) -> bool {
        self.page_breaks > 0 && self.text.starts_with('\u{c}')
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether all text is bold by itself, not by the paragraph's style.
    pub(super) fn all_bold(&self) -> bool {
        self.bold > 0 && self.plain == 0
    }
}

/// The font of a run, where it names one.
fn font(run: &Element) -> &str {
    run.path(&["rPr", "rFonts"]).and_then(|fonts| fonts.attribute("ascii")).unwrap_or_default()
}

/// A content control that nobody has filled in shows what to write there.
pub(super) fn shows_placeholder(control: &Element) -> bool {
    control.child("sdtPr").is_some_and(|properties| properties.is_on("showingPlcHdr"))
}

/// Text boxes within a drawing, each once.
fn collect_boxes<'a>(parent: &'a Element, boxes: &mut Vec<&'a Element>) {
    for child in &parent.children {
        match child.name.as_str() {
            "txbxContent" => boxes.push(child),
            "AlternateContent" => {
                if let Some(version) = child.child("Choice").or_else(|| child.child("Fallback")) {
                    collect_boxes(version, boxes);
                }
            }
            _ => collect_boxes(child, boxes),
        }
    }
}
