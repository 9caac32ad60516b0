//! How does a PDF file, which knows only ink and places, become blocks?
//!
//! `glyphs` collects characters and rules from pdf-extract, `words` makes words and lines of them, `furniture` finds
//! page headers and footers, `grid` and `columns` find tables, and `layout` makes blocks of what is left. A page
//! that the parser cannot digest is left out with a warning. Not here: pages that are pictures; they are named in
//! `pages_without_text`, and [`super::ocr`] recognises them.

mod columns;
mod furniture;
mod glyphs;
mod grid;
mod hyphens;
mod layout;
mod prepare;
mod style;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document, Object, output_doc_page};

use self::glyphs::{PageInk, Tracer};
use self::words::Page;
use super::collect::Collector;
use crate::ingest::document::{ReadError, Reading};

/// More pages than any routine has.
const MAX_PAGES: usize = 5_000;

/// Reads a PDF file.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut document = Document::load_mem(bytes).map_err(|error| damaged(error.to_string()))?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|_| damaged("it is locked with a password"))?;
    }
    let mut out = Collector::new();
    let pages = document.get_pages();
    if pages.is_empty() {
        return Err(damaged("it has no pages"));
    }
    if pages.len() > MAX_PAGES {
        return Err(ReadError::TooLarge(format!("{} pages", pages.len())));
    }
    out.set_pages(pages.len() as u32);
    let info_title = info_title(&document);
    let fonts = prepare::annotate(&mut document);

    let mut read_pages = Vec::new();
    let mut empty = Vec::new();
    for &number in pages.keys() {
        match trace(&document, number) {
            Ok(ink) => {
                let rotation = pages.get(&number).map_or(0, |id| prepare::rotation(&document, *id));
                let page = Page::new(number, &ink, rotation, &fonts);
                if page.words.is_empty() {
                    empty.push(number);
                }
                read_pages.push(page);
            }
            Err(reason) => out.warn(format!("Page {number} could not be read: {reason}.")),
        }
    }
    if read_pages.is_empty() {
        return Err(damaged("no page could be read"));
    }
    for fact in furniture::remove(&mut read_pages) {
        out.edge_line(&fact);
    }
    let title = layout::pour(&read_pages, &mut out);
    // What the page shows as its title is right more often than the file's properties, which keep a template's name.
    for title in title.iter().chain(info_title.iter()) {
        out.set_title(title);
    }
    out.finish_with_pages_without_text(empty)
}

fn damaged(reason: impl Into<String>) -> ReadError {
    ReadError::Damaged { format: "PDF", reason: reason.into() }
}

/// Lets pdf-extract draw one page; its panics end here.
fn trace(document: &Document, number: u32) -> Result<PageInk, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut tracer = Tracer::default();
        output_doc_page(document, &mut tracer, number).map(|()| tracer.finish())
    }));
    match outcome {
        Ok(Ok(ink)) => Ok(ink),
        Ok(Err(_)) => Err("the parser found an error".to_owned()),
        Err(_) => Err("the parser gave up".to_owned()),
    }
}

/// Title from the document information, unless it is a file name or a template's leftover.
fn info_title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let (_, info) = document.dereference(info).ok()?;
    let (_, title) = document.dereference(info.as_dict().ok()?.get(b"Title").ok()?).ok()?;
    let Object::String(bytes, _) = title else { return None };
    let text = pdf_string(bytes);
    let lower = text.to_lowercase();
    let leftover = lower.starts_with("microsoft word")
        || [".doc", ".docx", ".dot", ".pdf", ".html"].iter().any(|end| lower.ends_with(end));
    (!leftover && !text.trim().is_empty() && lower != "untitled" && lower != "untitled document").then_some(text)
}

/// UTF-16 with a mark, UTF-8 with a mark, or (nearly) Latin-1.
fn pdf_string(bytes: &[u8]) -> String {
    if bytes.starts_with(b"\xfe\xff") {
        encoding_rs::UTF_16BE.decode(bytes).0.into_owned()
    } else if bytes.starts_with(b"\xef\xbb\xbf") {
        encoding_rs::UTF_8.decode(bytes).0.into_owned()
    } else {
        encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_the_document_information() {
        assert_eq!(pdf_string(b"\xfe\xff\x00\xc5\x00s\x00a"), "Åsa");
        assert_eq!(pdf_string(b"\xc5sa"), "Åsa");
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(matches!(read(b"%PDF-1.7\nnonsense"), Err(ReadError::Damaged { .. })));
    }
}
