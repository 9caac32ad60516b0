//! Which reader takes a file, and what may it cost?
//!
//! The choice rests on the file's content and not on its ending alone: a PDF that somebody named `.docx` is read as
//! the PDF it is, with a warning. A panic inside a parser becomes an error for that one file. Not here: what the
//! labels that a reader finds mean ([`super::metadata`]).

mod collect;
mod format;
mod guard;
mod header_table;
mod html;
mod markdown;
mod marks;
pub mod ocr;
mod office;
mod pdf;
mod spans;
mod text;
mod text_table;

pub(crate) use office::legacy::find_program as find_libreoffice;
pub use pdf::{PdfParser, read_with as read_pdf_with};

use std::fs::File;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use self::format::{Format, ending};
pub use self::format::{is_supported, supported_kinds};
use super::document::{ReadError, Reading};

/// Largest file that is opened at all.
pub(super) const MAX_FILE_BYTES: u64 = 200 * 1024 * 1024;

/// Reads a file into blocks and properties, pages that are only pictures included.
pub fn read_file(path: &Path) -> Result<Reading, ReadError> {
    recognise_pages(read_own_text(path)?, path)
}

/// Adds the pages of a reading that hold no text of their own. Separate, because it takes minutes where
/// [`read_own_text`] takes milliseconds, in programs that have limits of their own.
pub(super) fn recognise_pages(reading: Reading, path: &Path) -> Result<Reading, ReadError> {
    if reading.pages_without_text.is_empty() {
        return Ok(reading);
    }
    let reading = contained(Format::Pdf, || ocr::complete(reading, path))?;
    guard::after(&reading)?;
    Ok(reading)
}

/// Reads what text a file itself holds.
pub(super) fn read_own_text(path: &Path) -> Result<Reading, ReadError> {
    let Some(named) = Format::from_ending(path) else {
        return Err(ReadError::Unsupported(ending(path)));
    };
    let bytes = read_limited(path)?;
    guard::before(&bytes)?;
    let actual = format::sniff(&bytes, named)?;
    let mut reading = contained(actual, || match actual {
        Format::Pdf => pdf::read(&bytes),
        Format::Docx => office::docx::read(&bytes),
        Format::Odt => office::odf::read_text(&bytes),
        Format::Ods => office::odf::read_spreadsheet(&bytes),
        Format::Xlsx => office::sheets::read_xlsx(&bytes),
        Format::Pptx => office::pptx::read(&bytes),
        Format::Doc | Format::Rtf => office::docx::read(&office::legacy::convert(&bytes, actual)?),
        Format::Xls => office::sheets::read_xlsx(&office::legacy::convert(&bytes, actual)?),
        Format::Ppt => office::pptx::read(&office::legacy::convert(&bytes, actual)?),
        Format::Html => html::read(&bytes),
        Format::Markdown => markdown::read(&bytes),
        Format::Text => text::read(&bytes),
    })?;
    guard::after(&reading)?;
    if actual != named {
        reading.warnings.push(format!("The file is named as {} but is a {} file.", named.name(), actual.name()));
    }
    Ok(reading)
}

/// What `read` makes; a panic in it is an error of that file.
fn contained(format: Format, read: impl FnOnce() -> Result<Reading, ReadError>) -> Result<Reading, ReadError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|panic| Err(ReadError::Damaged { format: format.name(), reason: panic_text(panic.as_ref()) }))
}

/// What is said of a file that is larger than any that is opened.
pub(super) fn too_large() -> ReadError {
    ReadError::TooLarge(format!("more than {} MB", MAX_FILE_BYTES / 1024 / 1024))
}

fn read_limited(path: &Path) -> Result<Vec<u8>, ReadError> {
    // Opening a pipe would wait for somebody who writes to it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(ReadError::NotAFile);
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize).map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
    // The file may grow while it is read.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(too_large()) } else { Ok(bytes) }
}

/// What a parser said when it gave up; shortened, because it may quote the file.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("the parser gave up");
    text.chars().take(120).collect()
}
