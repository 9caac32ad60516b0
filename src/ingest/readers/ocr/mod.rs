//! What does a page say that is only a picture?
//!
//! `tools` has poppler draw the page and tesseract recognise it, `grey` turns it upright and straight, `picture` takes
//! the lines of tables out of the drawing (tesseract loses words between them) and keeps where they ran, `words` reads
//! what tesseract found, and `sheet` makes of it a page as the reader of PDF files knows them, which finds headings,
//! paragraphs, lists and tables. Recognised text is marked as such, with its confidence. Not here: pages that have text
//! of their own.

mod grey;
mod picture;
mod sheet;
mod tools;
mod words;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::tools::OcrError;
use super::collect::Collector;
use super::pdf;
use crate::ingest::document::{OcrPage, ReadError, Reading};

/// Pages that are recognised of one file.
const MAX_PAGES: usize = 500;
/// Time for one file; what is not recognised by then is reported.
const MAX_TIME: Duration = Duration::from_mins(40);
/// Below this a person should compare with the picture.
const LOW_CONFIDENCE: f32 = 0.75;

/// A page as it was recognised.
#[derive(Debug, Clone)]
pub struct RecognisedPage {
    /// The page, from 1.
    pub page: u32,
    /// Mean confidence of its words, from 0 to 1; 0 for a page without words.
    pub confidence: f32,
    /// Height of its drawing, in pixels.
    height: usize,
    lines: Vec<sheet::Line>,
    /// What is drawn on it besides.
    rules: Vec<picture::Stroke>,
}

/// Whether everything that recognises pages is installed, Swedish included; the error says what to install.
pub fn ready() -> Result<(), OcrError> {
    tools::Tools::find().map(drop)
}

/// Recognises pages of a PDF file. Pages that fail are left out; an error means that none could be recognised.
pub fn recognise(path: &Path, pages: &[u32]) -> Result<Vec<RecognisedPage>, OcrError> {
    let tools = tools::Tools::find()?;
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Result<RecognisedPage, OcrError>>> = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 4).min(pages.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(&page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if started.elapsed() > MAX_TIME {
                        break;
                    }
                    let outcome = one(&tools, path, page);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    let outcomes = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut recognised = Vec::new();
    let mut failure = None;
    for outcome in outcomes {
        match outcome {
            Ok(page) => recognised.push(page),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a page could not be recognised");
                failure = Some(error);
            }
        }
    }
    recognised.sort_by_key(|page| page.page);
    match failure {
        Some(error) if recognised.is_empty() => Err(error),
        _ => Ok(recognised),
    }
}

fn one(tools: &tools::Tools, path: &Path, page: u32) -> Result<RecognisedPage, OcrError> {
    let folder = tempfile::tempdir().map_err(OcrError::Io)?;
    let picture = tools::Tools::draw(path, page, folder.path())?;
    let quarters = tools.quarters(&picture, folder.path());
    let mut straight = grey::Picture::read(&picture)?.turned(quarters).straightened();
    let rules = picture::take_out_lines(&mut straight);
    straight.write(&picture)?;
    let words = words::read(&tools::Tools::recognise(&picture, folder.path())?);
    let confidence = words::mean_confidence(&words);
    Ok(RecognisedPage { page, confidence, height: straight.height, lines: sheet::lines(words, &straight), rules })
}

/// Recognises the pages without text of a reading and puts them at their places. Fails only if there is no text at all.
pub(super) fn complete(mut reading: Reading, path: &Path) -> Result<Reading, ReadError> {
    if reading.pages_without_text.is_empty() {
        return Ok(reading);
    }
    let mut wanted = reading.pages_without_text.clone();
    if wanted.len() > MAX_PAGES {
        wanted.truncate(MAX_PAGES);
        reading.warnings.push(format!(
            "Only the first {MAX_PAGES} of {} pages without text were recognised; split the file.",
            reading.pages_without_text.len()
        ));
    }
    match recognise(path, &wanted) {
        Ok(pages) => merge(&mut reading, &wanted, &pages),
        Err(error) if reading.blocks.is_empty() => return Err(ReadError::NotRecognised(error.to_string())),
        Err(error) => {
            reading.warnings.push(format!("{} without text could not be recognised: {error}.", named(&wanted)));
        }
    }
    if reading.blocks.is_empty() { Err(ReadError::NoText) } else { Ok(reading) }
}

/// Puts recognised pages among the blocks, and what their head says among the properties.
fn merge(reading: &mut Reading, wanted: &[u32], pages: &[RecognisedPage]) {
    let missing: Vec<u32> =
        wanted.iter().copied().filter(|page| !pages.iter().any(|done| done.page == *page)).collect();
    if !missing.is_empty() {
        reading.warnings.push(format!("{} without text could not be recognised.", named(&missing)));
    }
    let empty: Vec<u32> = pages.iter().filter(|page| page.lines.is_empty()).map(|page| page.page).collect();
    if !empty.is_empty() {
        reading.warnings.push(format!("{}: nothing could be recognised; perhaps blank.", named(&empty)));
    }
    let doubtful: Vec<u32> = pages
        .iter()
        .filter(|page| !page.lines.is_empty() && page.confidence < LOW_CONFIDENCE)
        .map(|page| page.page)
        .collect();
    if !doubtful.is_empty() {
        reading
            .warnings
            .push(format!("{}: recognised (OCR) with low confidence; compare with the original.", named(&doubtful)));
    }
    reading.ocr = pages
        .iter()
        .filter(|page| !page.lines.is_empty())
        .map(|page| OcrPage { page: page.page, confidence: page.confidence })
        .collect();
    let mut collector = Collector::new();
    // In the middle of a document nothing is its head any more.
    if reading.blocks.first().is_some_and(|first| first.page < pages.first().map(|page| page.page)) {
        collector.end_head();
    }
    pdf::pour(&sheet::sheets(pages), &mut collector);
    let Ok(recognised) = collector.finish() else { return };
    reading.properties.extend(recognised.properties);
    // What a scanner calls its files is no title; what the first page shows is.
    let scanned = reading.blocks.is_empty();
    let own = reading.title.take();
    reading.title = if scanned { recognised.title.or(own) } else { own.or(recognised.title) };
    let own = std::mem::take(&mut reading.blocks);
    let mut recognised = recognised.blocks.into_iter().peekable();
    for block in own {
        while let Some(earlier) = recognised.next_if(|next| next.page < block.page) {
            reading.blocks.push(earlier);
        }
        reading.blocks.push(block);
    }
    reading.blocks.extend(recognised);
}

/// "Page 3", "Pages 1, 2 and 8 more".
fn named(pages: &[u32]) -> String {
    let shown: Vec<String> = pages.iter().take(8).map(u32::to_string).collect();
    let more = pages.len().saturating_sub(shown.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Page{} {}{rest}", if pages.len() == 1 { "" } else { "s" }, shown.join(", "))
}
