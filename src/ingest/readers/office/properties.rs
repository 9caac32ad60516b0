//! What do a package's document properties say?
//!
//! Title, author and day from `docProps/core.xml`, and what an organisation has added in `docProps/custom.xml`
//! ("Dokumentägare", "Diarienummer"). Not here: what the labels mean ([`crate::ingest::metadata`]).

use super::package::Package;
use super::xml::Element;
use crate::ingest::document::ReadError;
use crate::ingest::readers::collect::Collector;

/// Pours the properties of an Office package into `out`.
pub(super) fn read(package: &mut Package<'_>, out: &mut Collector) -> Result<(), ReadError> {
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
    if let Some(custom) = package.part("docProps/custom.xml")? {
        for property in &custom.children {
            let name = property.attribute("name").unwrap_or_default();
            // What programs note for themselves: labels of information protection, template engines.
            if name.starts_with("MSIP_") || name.starts_with('_') || name.starts_with("ContentTypeId") {
                continue;
            }
            let value = property.children.first().map(Element::all_text).unwrap_or_default();
            out.property(name, &value);
        }
    }
    Ok(())
}
