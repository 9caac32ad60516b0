//! Which kind of file is this?
//!
//! One list says which kinds are read and how their files are named; the content decides over the name. Not here: the
//! readers themselves.

use std::path::Path;

use super::office::{legacy, package};
use crate::ingest::document::ReadError;

/// A kind of file that there is a reader for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Pdf,
    Docx,
    Odt,
    Doc,
    Rtf,
    Xlsx,
    Ods,
    Xls,
    Pptx,
    Ppt,
    Html,
    Markdown,
    Text,
}

/// Every kind with its name and the endings of its files: the one place that says what is read.
const FORMATS: &[(Format, &str, &[&str])] = &[
    (Format::Pdf, "PDF", &["pdf"]),
    (Format::Docx, "DOCX", &["docx", "docm", "dotx", "dotm"]),
    (Format::Odt, "ODT", &["odt", "ott"]),
    (Format::Doc, "DOC", &["doc", "dot"]),
    (Format::Rtf, "RTF", &["rtf"]),
    (Format::Xlsx, "XLSX", &["xlsx", "xlsm", "xltx"]),
    (Format::Ods, "ODS", &["ods", "ots"]),
    (Format::Xls, "XLS", &["xls"]),
    (Format::Pptx, "PPTX", &["pptx", "pptm", "ppsx", "potx"]),
    (Format::Ppt, "PPT", &["ppt", "pps"]),
    (Format::Html, "HTML", &["html", "htm", "xhtml"]),
    (Format::Markdown, "Markdown", &["md", "markdown"]),
    (Format::Text, "text", &["txt", "text"]),
];

impl Format {
    /// The kind that a file's ending names.
    pub(super) fn from_ending(path: &Path) -> Option<Self> {
        let ending = ending(path);
        FORMATS.iter().find(|(_, _, endings)| endings.contains(&ending.as_str())).map(|(format, _, _)| *format)
    }

    /// `"PDF"`, `"DOCX"` ...
    pub(super) fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, _, _)| *format == self).map_or("file", |(_, name, _)| name)
    }

    /// Whether files of this kind are zip packages.
    fn is_package(self) -> bool {
        matches!(self, Self::Docx | Self::Odt | Self::Xlsx | Self::Ods | Self::Pptx)
    }
}

/// Whether the ending of `path` is one that [`super::read_file`] reads.
pub fn is_supported(path: &Path) -> bool {
    Format::from_ending(path).is_some()
}

/// The kinds that are read, for messages and help: `PDF, DOCX, ... Markdown and text`.
pub fn supported_kinds() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|(_, name, _)| *name).collect();
    match names.split_last() {
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A file's ending in lower case.
pub(super) fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// What the bytes are, whatever the file is called.
pub(super) fn sniff(bytes: &[u8], named: Format) -> Result<Format, ReadError> {
    let start = &bytes[..bytes.len().min(1024)];
    if start.windows(5).any(|window| window == b"%PDF-") && (named == Format::Pdf || start.starts_with(b"%PDF-")) {
        return Ok(Format::Pdf);
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return match package::kind_of(bytes) {
            Some(kind) => Ok(kind),
            // The reader says what is wrong with it.
            None if named.is_package() => Ok(named),
            None => Err(ReadError::Unsupported("zip archive".to_owned())),
        };
    }
    if start.starts_with(legacy::OLE_MARK) {
        return legacy::kind_of(bytes);
    }
    if start.starts_with(b"{\\rtf") {
        return Ok(Format::Rtf);
    }
    match named {
        Format::Text if looks_like_html(start) => Ok(Format::Html),
        Format::Text if looks_like_markdown(bytes) => Ok(Format::Markdown),
        Format::Html | Format::Markdown | Format::Text => Ok(named),
        _ => {
            if bytes.is_empty() {
                return Err(ReadError::Damaged { format: named.name(), reason: "it is empty".to_owned() });
            }
            if looks_like_html(start) {
                return Ok(Format::Html);
            }
            Err(ReadError::Damaged { format: named.name(), reason: "it does not begin as one".to_owned() })
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_over_ending() {
        assert_eq!(sniff(b"%PDF-1.7 ...", Format::Docx).unwrap(), Format::Pdf);
        assert_eq!(sniff(b"PK\x03\x04....", Format::Docx).unwrap(), Format::Docx);
        assert_eq!(sniff(b"{\\rtf1\\ansi}", Format::Doc).unwrap(), Format::Rtf);
        assert_eq!(sniff(b"\xef\xbb\xbf<!DOCTYPE html><p>", Format::Text).unwrap(), Format::Html);
        assert_eq!(sniff(b"# Rutin\n\n## Syfte\nText\n## Ansvar\n", Format::Text).unwrap(), Format::Markdown);
        assert_eq!(sniff(b"Rutin om %PDF- filer", Format::Text).unwrap(), Format::Text);
        assert!(matches!(sniff(b"", Format::Pdf), Err(ReadError::Damaged { .. })));
        assert!(matches!(sniff(b"\xd0\xcf\x11\xe0....", Format::Docx), Err(ReadError::Unsupported(_))));
    }

    #[test]
    fn endings_are_read_without_case() {
        assert!(is_supported(Path::new("Rutin.PDF")));
        assert!(is_supported(Path::new("Kontaktlista.xlsx")));
        assert!(!is_supported(Path::new("bild.png")));
        assert!(!is_supported(Path::new("pdf")));
    }

    #[test]
    fn every_kind_is_named_once() {
        let kinds = supported_kinds();
        assert!(kinds.starts_with("PDF, DOCX, ODT") && kinds.ends_with("Markdown and text"), "{kinds}");
        for (format, name, endings) in FORMATS {
            assert_eq!(format.name(), *name);
            for ending in *endings {
                assert_eq!(Format::from_ending(Path::new(&format!("a.{ending}"))), Some(*format));
            }
        }
    }
}
