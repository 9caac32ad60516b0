//! What does a tagged file say of its own structure?
//!
//! Word and `LibreOffice` can write which pieces of a page are headings; where they did, that is believed over sizes.
//! Not here: tags for tables and lists, which are seen from the page as well and are often wrong.

use std::collections::HashMap;

use pdf_extract::{Dictionary, Document, Object, ObjectId};

use super::prepare::resolve;

/// Levels of headings by page and number of the tagged piece; level 0 is a title.
pub(super) type HeadingTags = HashMap<(ObjectId, u32), u8>;

/// More pieces than any document has.
const MAX_STEPS: usize = 500_000;
const MAX_DEPTH: usize = 60;

/// Walks the tree of structure.
pub(super) fn heading_tags(document: &Document) -> HeadingTags {
    let mut out = HeadingTags::new();
    let root = document.catalog().ok().and_then(|catalog| catalog.get(b"StructTreeRoot").ok());
    let Some(root) = root.and_then(|root| resolve(document, root)) else { return out };
    let roles = root.get(b"RoleMap").ok().and_then(|roles| resolve(document, roles));
    let Ok(kids) = root.get(b"K") else { return out };
    let mut open = vec![Visit { object: kids.clone(), page: None, level: None, depth: 0 }];
    let mut steps = 0;
    while let Some(visit) = open.pop() {
        steps += 1;
        if steps > MAX_STEPS || visit.depth > MAX_DEPTH {
            continue;
        }
        let Ok((_, object)) = document.dereference(&visit.object) else { continue };
        match object {
            Object::Array(list) => {
                open.extend(list.iter().map(|kid| Visit { object: kid.clone(), depth: visit.depth + 1, ..visit }));
            }
            Object::Integer(number) => {
                if let (Some(page), Some(level), Ok(number)) = (visit.page, visit.level, u32::try_from(*number)) {
                    out.insert((page, number), level);
                }
            }
            Object::Dictionary(element) => {
                let page = element.get(b"Pg").and_then(Object::as_reference).ok().or(visit.page);
                let level = level(element, roles).or(visit.level);
                let inner = element.get(b"K").or_else(|_| element.get(b"MCID")).ok();
                open.extend(inner.map(|inner| Visit { object: inner.clone(), page, level, depth: visit.depth + 1 }));
            }
            _ => {}
        }
    }
    out
}

struct Visit {
    object: Object,
    page: Option<ObjectId>,
    level: Option<u8>,
    depth: usize,
}

/// Level of a heading element, through the file's own names for kinds of elements.
fn level(element: &Dictionary, roles: Option<&Dictionary>) -> Option<u8> {
    let mut kind = element.get(b"S").and_then(Object::as_name).ok()?;
    for _ in 0..4 {
        match kind {
            b"Title" => return Some(0),
            b"H" => return Some(1),
            [b'H', digit @ b'1'..=b'6'] => return Some(digit - b'0'),
            _ => {}
        }
        kind = roles.and_then(|roles| roles.get(kind).ok()).and_then(|role| role.as_name().ok())?;
    }
    None
}

/// A text string of the file: UTF-16 with a mark, UTF-8 with a mark, or (nearly) Latin-1.
pub(super) fn text_of(document: &Document, object: &Object) -> Option<String> {
    let (_, object) = document.dereference(object).ok()?;
    let Object::String(bytes, _) = object else { return None };
    Some(decode(bytes))
}

fn decode(bytes: &[u8]) -> String {
    if bytes.starts_with(b"\xfe\xff") {
        encoding_rs::UTF_16BE.decode(bytes).0.into_owned()
    } else if bytes.starts_with(b"\xef\xbb\xbf") {
        encoding_rs::UTF_8.decode(bytes).0.into_owned()
    } else {
        encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_the_file() {
        assert_eq!(decode(b"\xfe\xff\x00\xc5\x00s\x00a"), "Åsa");
        assert_eq!(decode(b"\xc5sa"), "Åsa");
    }
}
