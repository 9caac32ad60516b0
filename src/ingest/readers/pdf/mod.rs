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

use self::ink::Rule;
use self::source::Source;
use self::words::{Page, Word};
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
    pour_pages(&mut pages, source.hints(), &mut out);
    // What the page shows as its title is right more often than the file's properties, which keep a template's name.
    if let Some(title) = source.info_title() {
        out.set_title(&title);
    }
    let mut reading = out.finish_with_pages_without_text(without_text)?;
    reading.links = links;
    Ok(reading)
}

/// A word that somebody else found on a page, in points from the lower left.
#[derive(Debug)]
pub(super) struct SheetWord {
    pub(super) text: String,
    pub(super) x0: f64,
    pub(super) x1: f64,
    /// The base line.
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) bold: bool,
}

/// A page that no parser read: its words and rules were recognised in a picture.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) number: u32,
    pub(super) height: f64,
    pub(super) words: Vec<SheetWord>,
    /// Ends of the rules.
    pub(super) rules: Vec<(f64, f64, f64, f64)>,
}

/// Makes blocks of recognised pages, as of those of a file with text.
pub(super) fn pour(sheets: &[Sheet], out: &mut Collector) {
    let word = |word: &SheetWord| Word {
        text: word.text.clone(),
        x0: word.x0,
        x1: word.x1,
        y: word.y,
        size: word.size,
        bold: word.bold,
        ..Word::default()
    };
    let page = |sheet: &Sheet| Page {
        number: sheet.number,
        words: sheet.words.iter().map(word).collect(),
        rules: sheet.rules.iter().map(|&(x0, y0, x1, y1)| Rule { x0, y0, x1, y1 }).collect(),
        top: sheet.height,
        ..Page::default()
    };
    pour_pages(&mut sheets.iter().map(page).collect::<Vec<Page>>(), hints::Hints::default(), out);
}

fn pour_pages(pages: &mut [Page], hints: hints::Hints, out: &mut Collector) {
    for fact in furniture::remove(pages) {
        out.edge_line(&fact);
    }
    if let Some(title) = layout::pour(pages, hints, out) {
        out.set_title(&title);
    }
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
