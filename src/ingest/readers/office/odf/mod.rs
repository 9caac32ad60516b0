//! How does an OpenDocument file (LibreOffice) become blocks?
//!
//! Text documents are walked block by block ([`body`]), spreadsheets become tables ([`spreadsheet`]); both have their
//! cells from [`table`]. Deleted text and comments are left out. Not here: drawings and formulas.

mod body;
mod inline;
mod lists;
mod spreadsheet;
mod styles;
mod table;

use self::body::Body;
use self::lists::Lists;
use self::styles::Styles;
use super::package::{Package, damaged};
use super::xml::Element;
use crate::ingest::document::{ReadError, Reading};
use crate::ingest::readers::collect::Collector;

/// Reads a text document (ODT).
pub(in crate::ingest::readers) fn read_text(bytes: &[u8]) -> Result<Reading, ReadError> {
    let parts = Parts::open(bytes, "ODT")?;
    let root = parts.body("text").ok_or_else(|| damaged("ODT", "it holds no text document"))?;
    let styles = Styles::new(&parts.sheets());
    let mut out = Collector::new();
    for master in parts.masters() {
        for edge in &master.children {
            if edge.name.starts_with("header") || edge.name.starts_with("footer") {
                body::facts(edge, &styles, &mut out);
            }
        }
    }
    let mut body = Body::new(&styles, Lists::new(&parts.sheets()), root, out);
    body.blocks(root);
    let mut out = body.finish();
    parts.properties(&mut out);
    out.finish()
}

/// Reads a spreadsheet (ODS).
pub(in crate::ingest::readers) fn read_spreadsheet(bytes: &[u8]) -> Result<Reading, ReadError> {
    let parts = Parts::open(bytes, "ODS")?;
    let root = parts.body("spreadsheet").ok_or_else(|| damaged("ODS", "it holds no spreadsheet"))?;
    let styles = Styles::new(&parts.sheets());
    let mut out = Collector::new();
    parts.properties(&mut out);
    spreadsheet::read(root, &styles, &mut out);
    out.finish()
}

/// The parts that both kinds have.
struct Parts {
    content: Element,
    styles: Option<Element>,
    meta: Option<Element>,
}

impl Parts {
    fn open(bytes: &[u8], format: &'static str) -> Result<Self, ReadError> {
        let mut package = Package::open(bytes, format)?;
        let content = package.mixed_part("content.xml")?.ok_or_else(|| damaged(format, "it has no content.xml"))?;
        Ok(Self { content, styles: package.mixed_part("styles.xml")?, meta: package.part("meta.xml")? })
    }

    fn body(&self, kind: &str) -> Option<&Element> {
        self.content.path(&["body", kind])
    }

    /// Everything that holds styles; what stands later goes before.
    fn sheets(&self) -> Vec<&Element> {
        let common = self.styles.iter().flat_map(|part| [part.child("styles"), part.child("automatic-styles")]);
        common.flatten().chain(self.content.child("automatic-styles")).collect()
    }

    fn masters(&self) -> Vec<&Element> {
        let masters = self.styles.as_ref().and_then(|part| part.child("master-styles"));
        masters
            .map(|masters| masters.children.iter().filter(|child| child.name == "master-page").collect())
            .unwrap_or_default()
    }

    /// Title, author, day and what an organisation has added.
    fn properties(&self, out: &mut Collector) {
        let Some(meta) = self.meta.as_ref().and_then(|part| part.child("meta")) else {
            return;
        };
        for property in &meta.children {
            match property.name.as_str() {
                "title" => out.set_title(&property.all_text()),
                "subject" => out.property("subject", &property.all_text()),
                "initial-creator" => out.property("creator", &property.all_text()),
                "creation-date" => out.property("created", &property.all_text()),
                "user-defined" => out.property(property.attribute("name").unwrap_or_default(), &property.all_text()),
                _ => {}
            }
        }
    }
}
