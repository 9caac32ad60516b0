//! How does a presentation become blocks?
//!
//! Slides in the order that they are shown in; the slide's title is a heading, its number the page, and the speaker's
//! notes follow its text. Not here: what stands on a slide ([`slide`]), pictures and charts.

mod bullets;
mod slide;

use std::collections::HashMap;
use std::rc::Rc;

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
    let mut looks = Looks::default();
    let mut shown = 0;
    for entry in listed.iter().take(MAX_SLIDES) {
        // Two attributes are called id; the relationship is the one that says rId.
        let Some(relation) = relations.iter().find(|relation| entry.has_attribute("id", &relation.id)) else {
            continue;
        };
        shown += 1;
        read_slide(&mut package, &relation.target, shown, &mut looks, &mut out)?;
    }
    if shown == 0 {
        return Err(damaged(FORMAT, "it has no slides"));
    }
    out.set_pages(shown);
    properties::read(&mut package, &mut out);
    out.finish()
}

/// A layout and its master.
type Look = (Option<Rc<Element>>, Option<Rc<Element>>);

/// The layouts and masters that were read, by name: most slides share one, and they are large.
#[derive(Debug, Default)]
struct Looks {
    parts: HashMap<String, Option<Rc<Element>>>,
    of_layouts: HashMap<String, Look>,
}

impl Looks {
    /// The layout and the master that a slide with these relations has.
    fn of(&mut self, package: &mut Package<'_>, relations: &[Relation]) -> Result<Look, ReadError> {
        let Some(layout) = relations.iter().find(|relation| relation.kind == "slideLayout") else {
            return Ok((None, None));
        };
        if let Some(known) = self.of_layouts.get(&layout.target) {
            return Ok(known.clone());
        }
        let part = self.part(package, &layout.target)?;
        let relations = if part.is_some() { package.relations(&layout.target)? } else { Vec::new() };
        let master = match relations.iter().find(|relation| relation.kind == "slideMaster") {
            Some(master) => self.part(package, &master.target)?,
            None => None,
        };
        self.of_layouts.insert(layout.target.clone(), (part.clone(), master.clone()));
        Ok((part, master))
    }

    /// A part, which is parsed the first time that it is asked for.
    fn part(&mut self, package: &mut Package<'_>, name: &str) -> Result<Option<Rc<Element>>, ReadError> {
        if let Some(known) = self.parts.get(name) {
            return Ok(known.clone());
        }
        let part = package.part(name)?.map(Rc::new);
        self.parts.insert(name.to_owned(), part.clone());
        Ok(part)
    }
}

fn read_slide(
    package: &mut Package<'_>,
    name: &str,
    number: u32,
    looks: &mut Looks,
    out: &mut Collector,
) -> Result<(), ReadError> {
    let Some(root) = package.part(name)? else {
        out.warn(format!("Slide {number} is missing from the file."));
        return Ok(());
    };
    if root.attribute("show") == Some("0") {
        out.warn(format!("Slide {number} is hidden and was left out."));
        return Ok(());
    }
    let relations = package.relations(name)?;
    let (layout, master) = looks.of(package, &relations)?;
    let styles = Master { layout: layout.as_deref(), master: master.as_deref() };
    let mut diagrams = Vec::new();
    for relation in relations.iter().filter(|relation| relation.kind == "diagramData") {
        diagrams.extend(package.part(&relation.target)?);
    }
    let notes = match relations.iter().find(|relation| relation.kind == "notesSlide") {
        Some(notes) => package.part(&notes.target)?,
        None => None,
    };
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
