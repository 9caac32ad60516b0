//! Which bookmarks and links does the file have?
//!
//! Bookmarks settle what is a heading and of which level; links keep the addresses that the text does not show. Not
//! here: the words that a link covers ([`super::source`]).

use std::collections::{BTreeMap, HashMap};

use pdf_extract::{Dictionary, Document, Object, ObjectId};

use super::prepare::resolve;
use super::structure::text_of;

/// A bookmark.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bookmark {
    pub(super) title: String,
    /// From 1 for the outermost.
    pub(super) depth: u8,
}

/// A link's place on a page and where it leads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LinkArea {
    pub(super) page: u32,
    /// Left, bottom, right, top.
    pub(super) area: (f64, f64, f64, f64),
    /// A web or mail address, or `#page=3` for a place in the document itself.
    pub(super) address: String,
}

const MAX_BOOKMARKS: usize = 5_000;
const MAX_LINKS: usize = 10_000;

/// The file's bookmarks in order.
pub(super) fn bookmarks(document: &Document) -> Vec<Bookmark> {
    let mut out = Vec::new();
    let root = document.catalog().ok().and_then(|catalog| catalog.get(b"Outlines").ok());
    let first = root.and_then(|root| resolve(document, root)).and_then(|root| root.get(b"First").ok());
    // What is still to be visited, the next one last.
    let mut open: Vec<(Object, u8)> = first.map(|first| (first.clone(), 1)).into_iter().collect();
    let mut steps = 0;
    while let Some((object, depth)) = open.pop() {
        steps += 1;
        let Some(entry) = resolve(document, &object).filter(|_| steps <= MAX_BOOKMARKS) else { continue };
        if let Some(title) = entry.get(b"Title").ok().and_then(|title| text_of(document, title)) {
            out.push(Bookmark { title, depth });
        }
        if let Ok(next) = entry.get(b"Next") {
            open.push((next.clone(), depth));
        }
        if let Ok(child) = entry.get(b"First") {
            open.push((child.clone(), depth.saturating_add(1)));
        }
    }
    out
}

/// The links on all pages.
pub(super) fn links(document: &Document, pages: &BTreeMap<u32, ObjectId>) -> Vec<LinkArea> {
    let numbers: HashMap<ObjectId, u32> = pages.iter().map(|(number, id)| (*id, *number)).collect();
    let mut out = Vec::new();
    for (&page, &id) in pages {
        let notes = document.get_dictionary(id).ok().and_then(|page| page.get(b"Annots").ok());
        let notes = notes.and_then(|notes| document.dereference(notes).ok()).and_then(|(_, it)| it.as_array().ok());
        for note in notes.into_iter().flatten() {
            let link = resolve(document, note).and_then(|note| link(document, note, page, &numbers));
            out.extend(link.filter(|_| out.len() < MAX_LINKS));
        }
    }
    // In reading order, whatever the order in the file.
    out.sort_by(|a, b| (a.page.cmp(&b.page)).then(b.area.3.total_cmp(&a.area.3)).then(a.area.0.total_cmp(&b.area.0)));
    out
}

fn link(document: &Document, note: &Dictionary, page: u32, numbers: &HashMap<ObjectId, u32>) -> Option<LinkArea> {
    if note.get(b"Subtype").and_then(Object::as_name).ok()? != b"Link" {
        return None;
    }
    let (_, area) = document.dereference(note.get(b"Rect").ok()?).ok()?;
    let sides: Vec<f64> = area.as_array().ok()?.iter().filter_map(|side| side.as_float().ok()).map(f64::from).collect();
    let &[x0, y0, x1, y1] = sides.as_slice() else { return None };
    let action = note.get(b"A").ok().and_then(|action| resolve(document, action));
    let web = action.and_then(|action| action.get(b"URI").ok()).and_then(|address| text_of(document, address));
    let address = web.or_else(|| {
        let place = note.get(b"Dest").ok().or_else(|| action.and_then(|action| action.get(b"D").ok()))?;
        Some(format!("#page={}", destination(document, place, numbers)?))
    })?;
    Some(LinkArea { page, area: (x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)), address })
}

/// The page that a destination lies on; named ones are looked up in the catalogue's old list only.
fn destination(document: &Document, place: &Object, numbers: &HashMap<ObjectId, u32>) -> Option<u32> {
    let (_, place) = document.dereference(place).ok()?;
    let list = match place {
        Object::Array(list) => list,
        Object::Name(name) => {
            let named = resolve(document, document.catalog().ok()?.get(b"Dests").ok()?)?.get(name).ok()?;
            match document.dereference(named).ok()?.1 {
                Object::Array(list) => list,
                Object::Dictionary(entry) => document.dereference(entry.get(b"D").ok()?).ok()?.1.as_array().ok()?,
                _ => return None,
            }
        }
        _ => return None,
    };
    numbers.get(&list.first()?.as_reference().ok()?).copied()
}
