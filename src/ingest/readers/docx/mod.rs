//! How does a Word document become blocks?
//!
//! Opens the package within limits, collects the parts that matter and hands the body to [`body`]. Deleted and
//! struck-out text and comments are left out, inserted text is kept. Not here: what styles and list numbers mean ([`styles`],
//! [`numbering`]).

mod body;
mod numbering;
mod styles;
mod table;
mod xml;

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use self::body::Body;
use self::numbering::Numbering;
use self::styles::Styles;
use self::xml::Element;
use super::collect::{Collector, label_line};
use crate::ingest::document::{ReadError, Reading};

/// All parts together, unpacked.
const MAX_TOTAL_BYTES: u64 = 500 * 1024 * 1024;
/// One part that is read, unpacked.
const MAX_PART_BYTES: u64 = 100 * 1024 * 1024;

/// Reads a Word file.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut package = Package::open(bytes)?;
    let Some(main) = package.part("word/document.xml")? else {
        return Err(damaged("it has no word/document.xml"));
    };
    let styles = package.part("word/styles.xml")?.map(|part| Styles::new(&part)).unwrap_or_default();
    let numbering = package.part("word/numbering.xml")?.map(|part| Numbering::new(&part)).unwrap_or_default();
    let footnotes = package.part("word/footnotes.xml")?;
    let shown_pages = package.part("docProps/app.xml")?.and_then(|part| part.child_text("Pages")?.parse::<u32>().ok());

    let mut out = Collector::new();
    for name in package.headers() {
        if let Some(header) = package.part(&name)? {
            page_header(&header, &mut out);
        }
    }
    let Some(root) = main.child("body") else {
        return Err(damaged("its body is missing"));
    };
    let mut body = Body::new(&styles, numbering, footnotes.as_ref(), root, out);
    body.count_pages(shown_pages);
    body.blocks(root, 0);
    let mut out = body.finish();
    if let Some(core) = package.part("docProps/core.xml")? {
        for name in ["title", "subject", "creator", "created"] {
            let value = core.child_text(name).unwrap_or_default();
            if name == "title" {
                out.set_title(&value);
            } else {
                out.property(name, &value);
            }
        }
    }
    out.finish()
}

fn damaged(reason: impl Into<String>) -> ReadError {
    ReadError::Damaged { format: "DOCX", reason: reason.into() }
}

/// Many templates keep the table of facts in the page header; the rest of a page header is repeated noise.
fn page_header(header: &Element, out: &mut Collector) {
    for table in header.descendants("tbl") {
        let rows = table::plain_rows(table);
        out.facts(&rows);
    }
    for paragraph in header.descendants("p") {
        let text = paragraph.descendants("t").iter().map(|text| text.text()).collect::<String>();
        out.edge_line(&text);
    }
}

struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Package<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
        let mut total = 0u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|error| damaged(error.to_string()))?;
            total = total.saturating_add(entry.size());
        }
        if total > MAX_TOTAL_BYTES {
            return Err(ReadError::TooLarge(format!("more than {} MB unpacked", MAX_TOTAL_BYTES / 1024 / 1024)));
        }
        Ok(Self { archive })
    }

    /// A part as XML; `None` if the package has no such part.
    fn part(&mut self, name: &str) -> Result<Option<Element>, ReadError> {
        if self.archive.index_for_name(name).is_none() {
            return Ok(None);
        }
        let entry = self.archive.by_name(name).map_err(|error| damaged(error.to_string()))?;
        let mut bytes = Vec::new();
        // The declared size may lie, so the limit is on what comes out.
        entry.take(MAX_PART_BYTES + 1).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
        if bytes.len() as u64 > MAX_PART_BYTES {
            return Err(ReadError::TooLarge(format!(
                "{name} is more than {} MB unpacked",
                MAX_PART_BYTES / 1024 / 1024
            )));
        }
        xml::parse(&bytes).map(Some)
    }

    fn headers(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .archive
            .file_names()
            .filter_map(Result::ok)
            .map(std::borrow::Cow::into_owned)
            .filter(|name| name.strip_suffix(".xml").is_some_and(|part| part.starts_with("word/header")))
            .collect();
        names.sort();
        names.truncate(6);
        names
    }
}
