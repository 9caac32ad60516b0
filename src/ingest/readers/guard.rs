//! Is this file safe and sensible to hand to a reader, and is what came back of a sensible size?
//!
//! Looks at the contents before any parser does: nothing at all, a lock, a package that unpacks to a hundred times
//! what any document holds, markup nested deeper than people write. Not here: limits that a parser meets on its way
//! (pages, elements), and time and memory, which [`crate::ingest::isolated`] limits from outside.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::ingest::document::{ReadError, Reading};

/// All parts of a package together, unpacked.
const MAX_UNPACKED: u64 = 500 * 1024 * 1024;
/// A package may be this many times larger unpacked; documents reach 30.
const MAX_RATIO: u64 = 200;
/// Below this size unpacked the ratio is of no interest.
const RATIO_MATTERS: u64 = 50 * 1024 * 1024;
/// Parts of a package.
const MAX_PARTS: usize = 20_000;
/// Bytes of a package's list of parts that are looked at.
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// Element with which the list says how a part is locked.
const LOCKED: &[u8] = b"encryption-data";
/// Open HTML elements within each other. The parser looks through all of them at every new one.
const MAX_HTML_DEPTH: usize = 2_000;
/// Characters in all blocks together: three times the Bible.
const MAX_TEXT: usize = 15_000_000;

/// Looks at a file's contents before they are read.
pub(super) fn before(bytes: &[u8]) -> Result<(), ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.starts_with(b"PK\x03\x04") { package(bytes) } else { Ok(()) }
}

/// Looks at what a reader made.
pub(super) fn after(reading: &Reading) -> Result<(), ReadError> {
    let length: usize = reading.blocks.iter().map(|block| block.text.len()).sum();
    if length > MAX_TEXT {
        return Err(ReadError::TooLarge(format!("it holds more than {} million characters", MAX_TEXT / 1_000_000)));
    }
    Ok(())
}

/// Looks at what a package says of its parts. That it does not lie is for the unpacking to watch: the `zip` crate ends
/// with an error where a part gives more than its size.
fn package(bytes: &[u8]) -> Result<(), ReadError> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        // Damaged; its reader can say as what.
        return Ok(());
    };
    if archive.len() > MAX_PARTS {
        return Err(ReadError::TooLarge(format!("it is packed of more than {MAX_PARTS} parts")));
    }
    let mut total = 0u64;
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_raw(index) else { continue };
        if entry.encrypted() {
            return Err(ReadError::Encrypted);
        }
        total = total.saturating_add(entry.size());
    }
    let packed = bytes.len() as u64;
    if total > MAX_UNPACKED.min(packed.saturating_mul(MAX_RATIO).max(RATIO_MATTERS)) {
        let (megabytes, times) = (total / 1024 / 1024, total / packed.max(1));
        return Err(ReadError::TooLarge(format!("unpacked it is {megabytes} MB, {times} times its size")));
    }
    // OpenDocument says of each part how it is locked.
    if let Ok(manifest) = archive.by_name("META-INF/manifest.xml") {
        let mut text = Vec::new();
        // One that breaks off is the reader's to judge.
        let _ = manifest.take(MAX_MANIFEST).read_to_end(&mut text);
        if text.windows(LOCKED.len()).any(|part| part == LOCKED) {
            return Err(ReadError::Encrypted);
        }
    }
    Ok(())
}

/// Refuses markup that is nested deeper than a parser does well with; elements that need no end are not counted.
pub(super) fn html(text: &str) -> Result<(), ReadError> {
    const WITHOUT_END: &[&str] = &[
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p",
        "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "param",
        // Drawings are full of these, with an end of their own.
        "path", "rect", "circle", "line", "polygon", "polyline", "ellipse", "use", "stop", "image",
    ];
    let mut depth = 0usize;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let closing = rest.starts_with('/');
        let name = rest.strip_prefix('/').unwrap_or(rest);
        if !name.starts_with(|character: char| character.is_ascii_alphabetic()) {
            continue;
        }
        let end = name.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = &name[..end];
        if WITHOUT_END.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            continue;
        }
        depth = if closing { depth.saturating_sub(1) } else { depth + 1 };
        if depth > MAX_HTML_DEPTH {
            return Err(ReadError::TooLarge(format!("its elements are nested deeper than {MAX_HTML_DEPTH} levels")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_without_elements_that_need_no_end() {
        assert!(html(&"<div>".repeat(MAX_HTML_DEPTH)).is_ok());
        assert!(html(&"<DIV>".repeat(MAX_HTML_DEPTH + 1)).is_err());
        assert!(html(&"<li>punkt<br>".repeat(MAX_HTML_DEPTH * 2)).is_ok());
        assert!(html(&"<b>x</b> < y ".repeat(MAX_HTML_DEPTH * 2)).is_ok());
    }
}
