//! What must be told to pdf-extract's listener that it does not tell by itself?
//!
//! pdf-extract passes on characters and paths but not fonts, and it tries to run images as if they were pages. So the
//! document in memory is changed before it is drawn: images become empty, and after each choice of font a path of one
//! point far outside the page is drawn, whose y coordinate is the font's number ([`FONT_SIGNAL`]). Character widths
//! are written out one by one, since pdf-extract misreads those that are given for a range. Not here: what the fonts
//! mean for the layout.

use std::collections::BTreeMap;

use pdf_extract::content::{Content, Operation};
use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

/// The x coordinate of the point that announces a font.
pub(super) const FONT_SIGNAL: f64 = 7_654_321.0;

/// What is known of a font by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Font {
    /// "Arial", without weight and subset mark.
    pub(super) family: String,
    /// Whether the name says that it is a bold cut.
    pub(super) bold: bool,
}

/// Empties images, puts in the signals, and gives the fonts by their numbers.
pub(super) fn annotate(document: &mut Document) -> Vec<Font> {
    let mut fonts = Vec::new();
    let mut forms = Vec::new();
    for (id, object) in &mut document.objects {
        if let Object::Stream(stream) = object {
            let kind = stream.dict.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
            if kind == b"Image" {
                stream.content = Vec::new();
                stream.dict.remove(b"Filter");
                stream.dict.remove(b"DecodeParms");
            } else if kind == b"Form" {
                forms.push(*id);
            }
        }
    }
    write_out_widths(document);
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    for page in pages {
        let Ok(content) = document.get_page_content(page) else {
            continue;
        };
        let names = font_names(document, page_resources(document, page));
        if let Some(changed) = signal(&content, &names, &mut fonts) {
            let stream = document.add_object(Stream::new(Dictionary::new(), changed));
            if let Ok(dictionary) = document.get_dictionary_mut(page) {
                dictionary.set("Contents", Object::Reference(stream));
            }
        }
    }
    for form in forms {
        let Ok(Object::Stream(stream)) = document.get_object(form) else {
            continue;
        };
        let content = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
        let resources = stream.dict.get(b"Resources").ok().and_then(|resources| resolve(document, resources));
        let names = font_names(document, resources);
        if let Some(changed) = signal(&content, &names, &mut fonts)
            && let Ok(Object::Stream(stream)) = document.get_object_mut(form)
        {
            stream.dict.remove(b"Filter");
            stream.dict.remove(b"DecodeParms");
            stream.content = changed;
        }
    }
    fonts
}

/// Rewrites `first last width` as `first [width width ...]` in every font that has such ranges.
fn write_out_widths(document: &mut Document) {
    let mut changed = Vec::new();
    for (id, object) in &document.objects {
        let Object::Dictionary(font) = object else { continue };
        if !font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind.starts_with(b"CIDFontType")) {
            continue;
        }
        let widths = font.get(b"W").ok().and_then(|widths| document.dereference(widths).ok());
        let widths = widths.and_then(|(_, widths)| widths.as_array().ok()).map(|widths| expand(document, widths));
        let default = font.get(b"DW").ok().and_then(|width| width.as_float().ok()).unwrap_or(1000.0);
        changed.push((*id, widths, default.round() as i64));
    }
    for (id, widths, default) in changed {
        if let Ok(font) = document.get_dictionary_mut(id) {
            font.set("DW", Object::Integer(default));
            if let Some(widths) = widths {
                font.set("W", Object::Array(widths));
            }
        }
    }
}

fn expand(document: &Document, widths: &[Object]) -> Vec<Object> {
    let plain = |object: &Object| document.dereference(object).map_or(Object::Null, |(_, object)| object.clone());
    let mut out = Vec::new();
    let mut rest = widths;
    while let [first, second, ..] = rest {
        let Ok(from) = plain(first).as_i64() else { break };
        match (plain(second), rest.get(2)) {
            (Object::Array(list), _) => {
                out.extend([Object::Integer(from), Object::Array(list.iter().map(plain).collect())]);
                rest = &rest[2..];
            }
            (Object::Integer(to), Some(width)) => {
                let count = (to - from + 1).clamp(0, 65_536) as usize;
                out.extend([Object::Integer(from), Object::Array(vec![plain(width); count])]);
                rest = &rest[3..];
            }
            _ => break,
        }
    }
    out
}

/// How far the page is turned clockwise: 0, 90, 180 or 270.
pub(super) fn rotation(document: &Document, page: ObjectId) -> i64 {
    let turned = inherited(document, page, b"Rotate").and_then(|value| value.as_i64().ok());
    turned.unwrap_or(0).rem_euclid(360)
}

fn page_resources(document: &Document, page: ObjectId) -> Option<&Dictionary> {
    inherited(document, page, b"Resources").and_then(|resources| resources.as_dict().ok())
}

/// An entry of the page or of the nodes above it.
fn inherited<'a>(document: &'a Document, page: ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut id = page;
    for _ in 0..50 {
        let dictionary = document.get_dictionary(id).ok()?;
        if let Ok(value) = dictionary.get(key) {
            return document.dereference(value).ok().map(|(_, object)| object);
        }
        id = dictionary.get(b"Parent").and_then(Object::as_reference).ok()?;
    }
    None
}

fn resolve<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
    document.dereference(object).ok().and_then(|(_, object)| object.as_dict().ok())
}

/// Fonts of a resource dictionary by their resource names.
fn font_names(document: &Document, resources: Option<&Dictionary>) -> BTreeMap<Vec<u8>, Font> {
    let fonts = resources.and_then(|resources| resources.get(b"Font").ok()).and_then(|fonts| resolve(document, fonts));
    let mut names = BTreeMap::new();
    for (name, font) in fonts.into_iter().flat_map(Dictionary::iter) {
        let base = resolve(document, font).and_then(|font| font.get(b"BaseFont").and_then(Object::as_name).ok());
        if let Some(base) = base {
            names.insert(name.clone(), read_name(&String::from_utf8_lossy(base)));
        }
    }
    names
}

/// `BAAAAA+LiberationSans-Bold` is the bold cut of `LiberationSans`.
fn read_name(name: &str) -> Font {
    let bare = name.split_once('+').filter(|(mark, _)| mark.len() == 6).map_or(name, |(_, rest)| rest);
    let lower = bare.to_lowercase();
    let family = bare.split(['-', ',']).next().unwrap_or(bare);
    let family = family.trim_end_matches("PSMT").trim_end_matches("MT").to_owned();
    Font { family, bold: ["bold", "black", "heavy", "demi"].iter().any(|weight| lower.contains(weight)) }
}

/// The content with a signal after each choice of font; `None` if it cannot be parsed.
fn signal(content: &[u8], names: &BTreeMap<Vec<u8>, Font>, fonts: &mut Vec<Font>) -> Option<Vec<u8>> {
    let mut parsed = Content::decode(content).ok()?;
    let mut operations = Vec::with_capacity(parsed.operations.len());
    for operation in parsed.operations.drain(..) {
        let font = match (operation.operator.as_str(), operation.operands.first()) {
            ("Tf", Some(Object::Name(name))) => names.get(name).cloned(),
            _ => None,
        };
        operations.push(operation);
        if let Some(font) = font {
            let number = fonts.iter().position(|known| *known == font).unwrap_or_else(|| {
                fonts.push(font);
                fonts.len() - 1
            });
            let point = vec![Object::Real(FONT_SIGNAL as f32), Object::Integer(number as i64)];
            operations.push(Operation::new("m", point));
            operations.push(Operation::new("S", Vec::new()));
        }
    }
    Content { operations }.encode().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_widths_are_written_out() {
        let list = |numbers: &[i64]| numbers.iter().map(|&number| Object::Integer(number)).collect::<Vec<_>>();
        let mut widths = list(&[3, 5, 250, 9]);
        widths.push(Object::Array(list(&[500])));
        let expected = vec![
            Object::Integer(3),
            Object::Array(list(&[250, 250, 250])),
            Object::Integer(9),
            Object::Array(list(&[500])),
        ];
        assert_eq!(expand(&Document::new(), &widths), expected);
    }

    #[test]
    fn names_of_fonts() {
        assert_eq!(read_name("BAAAAA+LiberationSans-Bold"), Font { family: "LiberationSans".into(), bold: true });
        assert_eq!(read_name("ABCDEF+Arial,Bold").family, "Arial");
        assert_eq!(read_name("TimesNewRomanPSMT"), Font { family: "TimesNewRoman".into(), bold: false });
    }
}
