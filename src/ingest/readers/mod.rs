//! Which reader takes a file, and what may it cost?
//!
//! The choice rests on the file's content and not on its ending alone: a PDF that somebody named `.docx` is read as
//! the PDF it is, with a warning. A panic inside a parser becomes an error for that one file. Not here: what the
//! labels that a reader finds mean ([`super::metadata`]).

mod collect;
mod docx;
mod html;
mod markdown;
mod marks;
pub mod ocr;
mod pdf;
mod text;
mod text_table;

use std::fs::File;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::document::{ReadError, Reading};

/// Largest file that is opened at all.
const MAX_FILE_BYTES: u64 = 200 * 1024 * 1024;

/// A kind of file that there is a reader for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pdf,
    Docx,
    Html,
    Markdown,
    Text,
}

impl Format {
    fn from_ending(path: &Path) -> Option<Self> {
        match ending(path).as_str() {
            "pdf" => Some(Self::Pdf),
            "docx" | "docm" | "dotx" => Some(Self::Docx),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "txt" | "text" => Some(Self::Text),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Docx => "DOCX",
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::Text => "text",
        }
    }
}

/// Whether the ending of `path` is one that [`read_file`] reads.
pub fn is_supported(path: &Path) -> bool {
    Format::from_ending(path).is_some()
}

/// Reads a file into blocks and properties.
pub fn read_file(path: &Path) -> Result<Reading, ReadError> {
    let Some(named) = Format::from_ending(path) else {
        return Err(ReadError::Unsupported(ending(path)));
    };
    let bytes = read_limited(path)?;
    let actual = sniff(&bytes, named)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| match actual {
        Format::Pdf => pdf::read(&bytes),
        Format::Docx => docx::read(&bytes),
        Format::Html => html::read(&bytes),
        Format::Markdown => markdown::read(&bytes),
        Format::Text => text::read(&bytes),
    }));
    let mut reading = match outcome {
        Ok(result) => result?,
        Err(panic) => {
            return Err(ReadError::Damaged { format: actual.name(), reason: panic_text(panic.as_ref()) });
        }
    };
    if actual == Format::Pdf {
        reading = ocr::complete(reading, path)?;
    }
    if actual != named {
        reading.warnings.push(format!("The file is named as {} but is a {} file.", named.name(), actual.name()));
    }
    Ok(reading)
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn read_limited(path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let too_large = || ReadError::TooLarge(format!("more than {} MB", MAX_FILE_BYTES / 1024 / 1024));
    if length > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(length as usize);
    // The file may grow while it is read.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(too_large()) } else { Ok(bytes) }
}

/// What the bytes are, whatever the file is called.
fn sniff(bytes: &[u8], named: Format) -> Result<Format, ReadError> {
    let start = &bytes[..bytes.len().min(1024)];
    if start.windows(5).any(|window| window == b"%PDF-") && (named == Format::Pdf || start.starts_with(b"%PDF-")) {
        return Ok(Format::Pdf);
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Ok(Format::Docx);
    }
    if start.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(ReadError::Unsupported("doc (Word 97-2003 or an encrypted document)".to_owned()));
    }
    if start.starts_with(b"{\\rtf") {
        return Err(ReadError::Unsupported("rtf".to_owned()));
    }
    match named {
        Format::Pdf | Format::Docx => {
            if bytes.is_empty() {
                return Err(ReadError::Damaged { format: named.name(), reason: "it is empty".to_owned() });
            }
            if looks_like_html(start) {
                return Ok(Format::Html);
            }
            Err(ReadError::Damaged { format: named.name(), reason: "it does not begin as one".to_owned() })
        }
        Format::Text if looks_like_html(start) => Ok(Format::Html),
        Format::Text if looks_like_markdown(bytes) => Ok(Format::Markdown),
        other => Ok(other),
    }
}

fn looks_like_html(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    text.starts_with("<!doctype html") || text.starts_with("<html")
}

/// Three headings in Markdown's manner; one may be a remark in a list of settings.
fn looks_like_markdown(bytes: &[u8]) -> bool {
    let is_heading = |line: &&[u8]| {
        let rest = line.trim_ascii_start().trim_ascii_end();
        let marks = rest.iter().take_while(|byte| **byte == b'#').count();
        (1..=6).contains(&marks) && rest.get(marks) == Some(&b' ')
    };
    bytes.split(|byte| *byte == b'\n').filter(is_heading).nth(2).is_some()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_over_ending() {
        assert_eq!(sniff(b"%PDF-1.7 ...", Format::Docx).unwrap(), Format::Pdf);
        assert_eq!(sniff(b"PK\x03\x04....", Format::Pdf).unwrap(), Format::Docx);
        assert_eq!(sniff(b"\xef\xbb\xbf<!DOCTYPE html><p>", Format::Text).unwrap(), Format::Html);
        assert_eq!(sniff(b"# Rutin\n\n## Syfte\nText\n## Ansvar\n", Format::Text).unwrap(), Format::Markdown);
        assert_eq!(sniff(b"Rutin om %PDF- filer", Format::Text).unwrap(), Format::Text);
        assert!(matches!(sniff(b"", Format::Pdf), Err(ReadError::Damaged { .. })));
        assert!(matches!(sniff(b"\xd0\xcf\x11\xe0....", Format::Docx), Err(ReadError::Unsupported(_))));
    }

    #[test]
    fn endings_are_read_without_case() {
        assert!(is_supported(Path::new("Rutin.PDF")));
        assert!(!is_supported(Path::new("Rutin.xlsx")));
        assert!(!is_supported(Path::new("pdf")));
    }
}
