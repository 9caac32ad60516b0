//! How does a Word document become blocks?
//!
//! Collects the parts that matter and hands the body to [`body`]. Deleted and struck-out text and comments are left
//! out, inserted text is kept. Not here: what styles and list numbers mean ([`styles`], [`numbering`]).

mod body;
mod cells;
mod header;
mod inline;
mod numbering;
mod styles;
mod table;

use self::body::{Body, Notes};
use self::numbering::Numbering;
use self::styles::Styles;
use super::package::{Package, Relation, damaged};
use super::properties;
use super::xml::Element;
use crate::ingest::document::{ReadError, Reading};
use crate::ingest::readers::collect::Collector;

const FORMAT: &str = "DOCX";
/// Page headers and footers that are looked through for the table of facts.
const MAX_HEADERS: usize = 12;

/// Reads a Word file.
pub(in crate::ingest::readers) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut package = Package::open(bytes, FORMAT)?;
    let name = package.main_part("word/document.xml")?;
    let main = package.required(&name)?;
    let relations = package.relations(&name)?;
    let styles = related(&mut package, &relations, "styles")?.map(|part| Styles::new(&part)).unwrap_or_default();
    let numbering =
        related(&mut package, &relations, "numbering")?.map(|part| Numbering::new(&part, &styles)).unwrap_or_default();
    let footnotes = related(&mut package, &relations, "footnotes")?;
    let endnotes = related(&mut package, &relations, "endnotes")?;
    let mut out = Collector::new();
    let application = package.part_or_warning("docProps/app.xml", &mut out);
    let shown_pages = application.and_then(|part| part.child_text("Pages")?.parse::<u32>().ok());
    // Headers first: they hold the facts more often than footers, and the first value counts.
    for kind in ["header", "footer"] {
        let related = relations.iter().filter(|relation| relation.kind == kind).map(|relation| relation.target.clone());
        let mut names: Vec<String> = related.collect();
        if names.is_empty() {
            names = package.names_that_begin(&format!("word/{kind}"));
        }
        for name in names.iter().take(MAX_HEADERS) {
            if let Some(part) = package.part_or_warning(name, &mut out) {
                header::read(&part, &styles, &mut out);
            }
        }
    }
    let Some(root) = main.child("body") else {
        return Err(damaged(FORMAT, "its body is missing"));
    };
    let notes = Notes { footnotes: footnotes.as_ref(), endnotes: endnotes.as_ref() };
    let mut body = Body::new(&styles, numbering, notes, root, out);
    body.count_pages(shown_pages);
    body.blocks(root, 0);
    let mut out = body.finish();
    properties::read(&mut package, &mut out);
    out.finish()
}

/// The part that the document names for a purpose, or the one that lies where Word puts it.
fn related(package: &mut Package<'_>, relations: &[Relation], kind: &str) -> Result<Option<Element>, ReadError> {
    match relations.iter().find(|relation| relation.kind == kind) {
        Some(relation) => package.part(&relation.target),
        None => package.part(&format!("word/{kind}.xml")),
    }
}
