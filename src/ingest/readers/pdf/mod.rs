//! How does a PDF file, which knows only ink and places, become blocks?
//!
//! Two parsers can write down a page's characters and rules: [`extract`], which reads every page, and [`hayro`], which
//! reads those that came out broken; [`quality`] says which was better. `words` makes words and lines of the
//! characters, `furniture` finds page headers and footers, `zones` finds columns of text, `grid`, `columns` and `rows`
//! find tables, and `layout` makes blocks of what is left, with what tags and bookmarks tell ([`hints`]). A page that
//! cannot be read is left out with a warning. Not here: pages that are pictures; they are named in
//! `pages_without_text`, and [`super::ocr`] recognises them.

mod accents;
mod bare;
mod columns;
mod extract;
mod furniture;
mod grid;
mod hayro;
mod hints;
mod hyphens;
mod ink;
mod layout;
mod outline;
mod parts;
mod pictures;
mod prepare;
mod quality;
mod rows;
mod source;
mod structure;
mod style;
mod window;
mod words;
mod zones;

use self::source::Source;
use super::collect::Collector;
use crate::ingest::document::{ReadError, Reading};

/// More pages than any routine has.
const MAX_PAGES: usize = 5_000;

/// A parser of PDF files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PdfParser {
    /// pdf-extract, on lopdf.
    PdfExtract,
    /// hayro-interpret.
    Hayro,
}

/// Reads a PDF file.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    read_with(bytes, None)
}

/// Reads a PDF file with one parser alone, or with the better one for each page. For comparing them.
pub fn read_with(bytes: &[u8], only: Option<PdfParser>) -> Result<Reading, ReadError> {
    let mut source = Source::open(bytes)?;
    let numbers = source.page_numbers();
    if numbers.is_empty() {
        return Err(damaged("it has no pages"));
    }
    if numbers.len() > MAX_PAGES {
        return Err(ReadError::TooLarge(format!("{} pages", numbers.len())));
    }
    let mut out = Collector::new();
    out.set_pages(numbers.len() as u32);
    let mut pages = Vec::new();
    let mut without_text = Vec::new();
    for number in numbers {
        match source.page(number, only) {
            Ok(read) => {
                if read.unreadable {
                    out.warn(format!("The letters of page {number} cannot be told from the file; it needs OCR."));
                }
                if read.needs_recognition() {
                    without_text.push(number);
                }
                pages.push(read.page);
            }
            Err(reason) => {
                out.warn(format!("Page {number} could not be read: {reason}."));
            }
        }
    }
    if pages.is_empty() {
        return Err(damaged("no page could be read"));
    }
    let links = source.links(&pages);
    for fact in furniture::remove(&mut pages) {
        out.edge_line(&fact);
    }
    let title = layout::pour(&pages, source.hints(), &mut out);
    // What the page shows as its title is right more often than the file's properties, which keep a template's name.
    for title in title.into_iter().chain(source.info_title()) {
        out.set_title(&title);
    }
    let mut reading = out.finish_with_pages_without_text(without_text)?;
    reading.links = links;
    Ok(reading)
}

fn damaged(reason: impl Into<String>) -> ReadError {
    ReadError::Damaged { format: "PDF", reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_an_error() {
        assert!(matches!(read(b"%PDF-1.7\nnonsense"), Err(ReadError::Damaged { .. })));
    }
}
