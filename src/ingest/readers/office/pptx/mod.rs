//! How does a presentation become blocks?
//!
//! Slides in the order that they are shown in; the slide's title is a heading, its number the page, and the speaker's
//! notes follow its text. Not here: what stands on a slide ([`slide`]), pictures and charts.

mod bullets;
mod slide;

use self::bullets::Master;
use self::slide::Slide;
use super::package::{Package, Relation, damaged};
use super::properties;
use super::xml::Element;
use crate::ingest::document::{ReadError, Reading};
use crate::ingest::readers::collect::Collector;

const FORMAT: &str = "PPTX";
/// More slides than any presentation that people show.
const MAX_SLIDES: usize = 2_000;

/// Reads a PowerPoint file.
pub(in crate::ingest::readers) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut package = Package::open(bytes, FORMAT)?;
    let main = package.main_part("ppt/presentation.xml")?;
    let presentation = package.required(&main)?;
    let relations = package.relations(&main)?;
    let listed = presentation.child("sldIdLst").map(|list| list.children.as_slice()).unwrap_or_default();
    let mut out = Collector::new();
    let mut shown = 0;
    for entry in listed.iter().take(MAX_SLIDES) {
        // Two attributes are called id; the relationship is the one that says rId.
        let Some(relation) = relations.iter().find(|relation| entry.has_attribute("id", &relation.id)) else {
            continue;
        };
        shown += 1;
        read_slide(&mut package, &relation.target, shown, &mut out)?;
    }
    if shown == 0 {
        return Err(damaged(FORMAT, "it has no slides"));
    }
    out.set_pages(shown);
    properties::read(&mut package, &mut out);
    out.finish()
}

fn read_slide(package: &mut Package<'_>, name: &str, number: u32, out: &mut Collector) -> Result<(), ReadError> {
    let Some(root) = package.part(name)? else {
        out.warn(format!("Slide {number} is missing from the file."));
        return Ok(());
    };
    if root.attribute("show") == Some("0") {
        out.warn(format!("Slide {number} is hidden and was left out."));
        return Ok(());
    }
    let relations = package.relations(name)?;
    let layout = follow(package, &relations, "slideLayout")?;
    let master = match &layout {
        Some((name, _)) => {
            let relations = package.relations(name)?;
            follow(package, &relations, "slideMaster")?
        }
        None => None,
    };
    let styles =
        Master { layout: layout.as_ref().map(|(_, layout)| layout), master: master.as_ref().map(|(_, master)| master) };
    let mut diagrams = Vec::new();
    for relation in relations.iter().filter(|relation| relation.kind == "diagramData") {
        diagrams.extend(package.part(&relation.target)?);
    }
    let notes = follow(package, &relations, "notesSlide")?.map(|(_, notes)| notes);
    let mut slide = Slide::new(number, styles, out);
    slide.read(&root);
    for diagram in &diagrams {
        slide.diagram(diagram);
    }
    if let Some(notes) = &notes {
        slide.notes(notes);
    }
    Ok(())
}

/// The part that a relationship of this kind leads to, with its name.
fn follow(
    package: &mut Package<'_>,
    relations: &[Relation],
    kind: &str,
) -> Result<Option<(String, Element)>, ReadError> {
    let Some(relation) = relations.iter().find(|relation| relation.kind == kind) else {
        return Ok(None);
    };
    Ok(package.part(&relation.target)?.map(|part| (relation.target.clone(), part)))
}
