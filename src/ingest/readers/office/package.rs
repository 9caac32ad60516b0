//! What lies in this zip package?
//!
//! Word, Excel, PowerPoint and OpenDocument files are zip archives of XML parts. Tells the kinds apart by what they
//! hold and hands out parts, each within a limit. Not here: what the parts mean, and whether the package is safe to
//! open at all ([`crate::ingest::readers::guard`]).

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::xml::{self, Element};
use crate::ingest::document::ReadError;
use crate::ingest::readers::collect::Collector;
use crate::ingest::readers::format::Format;

/// One part that is read, unpacked.
const MAX_PART_BYTES: u64 = 100 * 1024 * 1024;

/// The kind of a package by its parts, whatever the file is called; `None` for a zip archive of anything else.
pub(in crate::ingest::readers) fn kind_of(bytes: &[u8]) -> Option<Format> {
    let mut package = Package::open(bytes, "zip").ok()?;
    if let Ok(Some(kind)) = package.bytes("mimetype") {
        let kind = String::from_utf8_lossy(&kind).trim().to_owned();
        return match kind.strip_prefix("application/vnd.oasis.opendocument.")?.trim_end_matches("-template") {
            "text" | "text-master" | "text-web" => Some(Format::Odt),
            "spreadsheet" => Some(Format::Ods),
            _ => None,
        };
    }
    // What the package says that its main part is; programs other than Office may call the part itself anything.
    let declared = package.bytes("[Content_Types].xml").ok().flatten().unwrap_or_default();
    let declared = String::from_utf8_lossy(&declared);
    let main = |word: &str| declared.contains(&format!("{word}.main+xml"));
    if main("wordprocessingml.document") || main("wordprocessingml.template") || main("word.document.macroEnabled") {
        return Some(Format::Docx);
    }
    if main("spreadsheetml.sheet") || main("spreadsheetml.template") || main("excel.sheet.macroEnabled") {
        return Some(Format::Xlsx);
    }
    if declared.contains("presentationml.") || main("powerpoint.presentation.macroEnabled") {
        return Some(Format::Pptx);
    }
    [("word/document.xml", Format::Docx), ("xl/workbook.xml", Format::Xlsx), ("ppt/presentation.xml", Format::Pptx)]
        .into_iter()
        .find_map(|(name, kind)| package.has(name).then_some(kind))
}

/// An opened package.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    format: &'static str,
}

/// A part's relationship to another part.
pub(super) struct Relation {
    /// `rId3`.
    pub(super) id: String,
    /// Last word of its type: `slide`, `notesSlide`, `header`.
    pub(super) kind: String,
    /// Name of the other part in the package.
    pub(super) target: String,
}

impl<'a> Package<'a> {
    /// Opens the archive; `format` is named in errors.
    pub(super) fn open(bytes: &'a [u8], format: &'static str) -> Result<Self, ReadError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(format, error.to_string()))?;
        Ok(Self { archive, format })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(name).is_some()
    }

    /// Names of the XML parts that begin so, in order.
    pub(super) fn names_that_begin(&self, start: &str) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned);
        let mut names: Vec<String> =
            names.filter(|name| name.strip_suffix(".xml").is_some_and(|name| name.starts_with(start))).collect();
        names.sort();
        names
    }

    /// A part as it is; `None` if the package has no such part.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        if !self.has(name) {
            return Ok(None);
        }
        let entry = self.archive.by_name(name).map_err(|error| self::damaged(self.format, error.to_string()))?;
        let mut bytes = Vec::new();
        // The declared size may lie, so the limit is on what comes out.
        entry
            .take(MAX_PART_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self::damaged(self.format, error.to_string()))?;
        if bytes.len() as u64 > MAX_PART_BYTES {
            return Err(ReadError::TooLarge(format!(
                "{name} is more than {} MB unpacked",
                MAX_PART_BYTES / 1024 / 1024
            )));
        }
        Ok(Some(bytes))
    }

    /// A part as XML; `None` if the package has no such part.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Element>, ReadError> {
        self.bytes(name)?.map(|bytes| xml::parse(&bytes, self.format)).transpose()
    }

    /// A part that the document can do without: where it is broken, that is a warning.
    pub(super) fn part_or_warning(&mut self, name: &str, out: &mut Collector) -> Option<Element> {
        self.part(name).unwrap_or_else(|_| {
            out.warn(format!("The part {name} of the file is broken and was left out."));
            None
        })
    }

    /// A part as XML in which text keeps its place between elements ([`xml::TEXT`]).
    pub(super) fn mixed_part(&mut self, name: &str) -> Result<Option<Element>, ReadError> {
        self.bytes(name)?.map(|bytes| xml::parse_mixed(&bytes, self.format)).transpose()
    }

    /// A part that the package cannot be without.
    pub(super) fn required(&mut self, name: &str) -> Result<Element, ReadError> {
        self.part(name)?.ok_or_else(|| damaged(self.format, format!("it has no {name}")))
    }

    /// Name of the part that the package says is its main one; `usual` if it says none that it has.
    pub(super) fn main_part(&mut self, usual: &str) -> Result<String, ReadError> {
        let mut named = self.relations("")?.into_iter().filter(|relation| relation.kind == "officeDocument");
        let target = named.next().map(|relation| relation.target).filter(|name| self.has(name));
        Ok(target.unwrap_or_else(|| usual.to_owned()))
    }

    /// Relationships of the part `name`, internal ones only.
    pub(super) fn relations(&mut self, name: &str) -> Result<Vec<Relation>, ReadError> {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let Some(part) = self.part(format!("{folder}/_rels/{file}.rels").trim_start_matches('/'))? else {
            return Ok(Vec::new());
        };
        let relation = |element: &Element| {
            if element.attribute("TargetMode") == Some("External") {
                return None;
            }
            let kind = element.attribute("Type")?.rsplit('/').next()?.to_owned();
            Some(Relation {
                id: element.attribute("Id")?.to_owned(),
                kind,
                target: resolve(folder, element.attribute("Target")?),
            })
        };
        Ok(part.children.iter().filter_map(relation).collect())
    }
}

/// An error about the contents of a `format` file.
pub(super) fn damaged(format: &'static str, reason: impl Into<String>) -> ReadError {
    ReadError::Damaged { format, reason: reason.into() }
}

/// `../notesSlides/notesSlide1.xml` seen from `ppt/slides`.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_their_part() {
        assert_eq!(resolve("ppt/slides", "../notesSlides/n1.xml"), "ppt/notesSlides/n1.xml");
        assert_eq!(resolve("word", "header1.xml"), "word/header1.xml");
        assert_eq!(resolve("word", "/word/header1.xml"), "word/header1.xml");
    }

    #[test]
    fn what_is_no_package_has_no_kind() {
        assert_eq!(kind_of(b"PK\x03\x04...."), None);
        assert_eq!(kind_of(b""), None);
    }
}
