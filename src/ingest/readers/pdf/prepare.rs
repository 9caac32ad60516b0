//! What must be told to the parsers' listeners that they are not told by the parsers?
//!
//! pdf-extract passes on characters and paths but neither fonts nor tags, and it tries to run images as if they were
//! pages. So the document in memory is changed before it is drawn: images become empty, and at each choice of font or
//! change of tag two signals are put in: a path of one point far outside the page, whose y coordinate is a number
//! ([`FONT_SIGNAL`], [`MARK_SIGNAL`]), for pdf-extract, and an empty stretch of marked content whose tag ends with the
//! number ([`FONT_TAG`], [`MARK_TAG`]) for hayro. Character widths are written out one by one, since pdf-extract
//! misreads those that are given for a range. Not here: what fonts and tags mean for the layout.

use std::collections::BTreeMap;

use pdf_extract::content::{Content, Operation};
use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

use super::ink::Mark;

/// The x coordinate of the point that announces a font.
pub(super) const FONT_SIGNAL: f64 = 7_654_321.0;
/// The x coordinate of the point that announces a tag's number; see [`mark_of`].
pub(super) const MARK_SIGNAL: f64 = 7_654_421.0;
/// Beginning of the tag that announces a font.
pub(super) const FONT_TAG: &[u8] = b"RutinlotsFont";
/// Beginning of the tag that announces a tag's number.
pub(super) const MARK_TAG: &[u8] = b"RutinlotsMark";

/// What the number in a signal means: -1 nothing, -2 an artifact, otherwise a piece of structure.
pub(super) fn mark_of(number: i64) -> Mark {
    match u32::try_from(number) {
        Ok(content) => Mark::Content(content),
        Err(_) if number == -2 => Mark::Artifact,
        Err(_) => Mark::None,
    }
}

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
        let resources = page_resources(document, page);
        let names = font_names(document, resources);
        let tags = tag_numbers(document, resources);
        if let Some(changed) = signal(&content, &names, Some(&tags), &mut fonts) {
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
        if let Some(changed) = signal(&content, &names, None, &mut fonts)
            && let Ok(Object::Stream(stream)) = document.get_object_mut(form)
        {
            stream.dict.remove(b"Filter");
            stream.dict.remove(b"DecodeParms");
            stream.content = changed;
        }
    }
    fonts
}

/// Rewrites `first last width` as `first [width width ...]` in every font that has such ranges, and the widths of
/// type 3 fonts, which have a measure of their own, in thousandths.
fn write_out_widths(document: &mut Document) {
    let mut changed = Vec::new();
    for (id, object) in &document.objects {
        let Object::Dictionary(font) = object else { continue };
        match font.get(b"Subtype").and_then(Object::as_name) {
            Ok(kind) if kind.starts_with(b"CIDFontType") => {
                let widths = font.get(b"W").ok().and_then(|widths| document.dereference(widths).ok());
                let widths =
                    widths.and_then(|(_, widths)| widths.as_array().ok()).map(|widths| expand(document, widths));
                let default = font.get(b"DW").ok().and_then(|width| width.as_float().ok()).unwrap_or(1000.0);
                let mut entries = vec![("DW", Object::Integer(default.round() as i64))];
                entries.extend(widths.map(|widths| ("W", Object::Array(widths))));
                changed.push((*id, entries));
            }
            Ok(b"Type3") => changed.extend(in_thousandths(document, font).map(|entries| (*id, entries))),
            _ => {}
        }
    }
    for (id, entries) in changed {
        if let Ok(font) = document.get_dictionary_mut(id) {
            for (key, value) in entries {
                font.set(key, value);
            }
        }
    }
}

/// Widths and measure of a type 3 font as other fonts have them.
fn in_thousandths(document: &Document, font: &Dictionary) -> Option<Vec<(&'static str, Object)>> {
    let numbers = |key: &[u8]| -> Option<Vec<f32>> {
        let (_, list) = document.dereference(font.get(key).ok()?).ok()?;
        let number = |entry| document.dereference(entry).ok().and_then(|(_, entry)| entry.as_float().ok());
        Some(list.as_array().ok()?.iter().map(|entry| number(entry).unwrap_or(0.0)).collect())
    };
    let scale = numbers(b"FontMatrix")?.first()? * 1000.0;
    let widths = numbers(b"Widths")?.into_iter().map(|width| Object::Real(width * scale)).collect();
    let matrix = [0.001, 0.0, 0.0, 0.001, 0.0, 0.0].map(Object::Real).to_vec();
    Some(vec![("Widths", Object::Array(widths)), ("FontMatrix", Object::Array(matrix))])
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

pub(super) fn page_resources(document: &Document, page: ObjectId) -> Option<&Dictionary> {
    inherited(document, page, b"Resources").and_then(|resources| resources.as_dict().ok())
}

/// An entry of the page or of the nodes above it.
pub(super) fn inherited<'a>(document: &'a Document, page: ObjectId, key: &[u8]) -> Option<&'a Object> {
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

pub(super) fn resolve<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
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
    // Computer Modern has a font for each size: CMR10 and CMR12 are one family.
    let bare = if lower.starts_with("cm") || lower.starts_with("sf") || lower.starts_with("ec") {
        bare.trim_end_matches(|character: char| character.is_ascii_digit())
    } else {
        bare
    };
    let family = bare.split(['-', ',']).next().unwrap_or(bare);
    let family = family.trim_end_matches("PSMT").trim_end_matches("MT").to_owned();
    // "Medi" and "BX" are the bold cuts of the fonts that LaTeX uses; "Medium" is hardly heavier than the text.
    let named = ["bold", "black", "heavy", "demi", "cmbx", "cmssbx", "sfbx", "ecbx"];
    let bold = named.iter().any(|weight| lower.contains(weight)) || lower.ends_with("-medi");
    Font { family, bold }
}

/// Numbers of the property lists that tags refer to by name.
fn tag_numbers(document: &Document, resources: Option<&Dictionary>) -> BTreeMap<Vec<u8>, i64> {
    let lists = resources.and_then(|resources| resources.get(b"Properties").ok());
    let lists = lists.and_then(|lists| resolve(document, lists));
    let number = |list| resolve(document, list).and_then(|list| list.get(b"MCID").and_then(Object::as_i64).ok());
    lists
        .into_iter()
        .flat_map(Dictionary::iter)
        .filter_map(|(name, list)| Some((name.clone(), number(list)?)))
        .collect()
}

/// The content with signals after each choice of font and, where `tags` are given, at each change of tag; `None` if it
/// cannot be parsed.
fn signal(
    content: &[u8],
    names: &BTreeMap<Vec<u8>, Font>,
    tags: Option<&BTreeMap<Vec<u8>, i64>>,
    fonts: &mut Vec<Font>,
) -> Option<Vec<u8>> {
    let mut parsed = Content::decode(content).ok()?;
    let mut operations = Vec::with_capacity(parsed.operations.len());
    // Tags lie within each other; one that says nothing leaves the one around it in force.
    let mut open: Vec<i64> = Vec::new();
    for operation in parsed.operations.drain(..) {
        let around = open.last().copied().unwrap_or(-1);
        let mut mark = None;
        let mut font = None;
        match (operation.operator.as_str(), operation.operands.as_slice()) {
            ("Tf", [Object::Name(name), ..]) => font = names.get(name).cloned(),
            ("BMC" | "BDC", [tag, rest @ ..]) => {
                let number = match rest.first() {
                    Some(Object::Dictionary(list)) => list.get(b"MCID").and_then(Object::as_i64).ok(),
                    Some(Object::Name(name)) => tags.and_then(|tags| tags.get(name).copied()),
                    _ => None,
                };
                let artifact = tag.as_name().is_ok_and(|tag| tag == b"Artifact");
                open.push(if artifact { -2 } else { number.unwrap_or(around) });
                mark = open.last();
            }
            ("EMC", _) => {
                open.pop();
                mark = Some(open.last().unwrap_or(&-1));
            }
            _ => {}
        }
        let mark = mark.copied().filter(|mark| tags.is_some() && *mark != around);
        operations.push(operation);
        if let Some(mark) = mark {
            say(&mut operations, MARK_SIGNAL, MARK_TAG, mark);
        }
        if let Some(font) = font {
            let number = fonts.iter().position(|known| *known == font).unwrap_or_else(|| {
                fonts.push(font);
                fonts.len() - 1
            });
            say(&mut operations, FONT_SIGNAL, FONT_TAG, number as i64);
        }
    }
    Content { operations }.encode().ok()
}

fn say(operations: &mut Vec<Operation>, place: f64, tag: &[u8], number: i64) {
    operations.push(Operation::new("m", vec![Object::Real(place as f32), Object::Integer(number)]));
    operations.push(Operation::new("S", Vec::new()));
    let name = [tag, number.to_string().as_bytes()].concat();
    operations.push(Operation::new("BMC", vec![Object::Name(name)]));
    operations.push(Operation::new("EMC", Vec::new()));
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
        assert!(read_name("ABCDEF+CMBX12").bold && read_name("NimbusRomNo9L-Medi").bold);
        assert_eq!(read_name("ABCDEF+CMR10").family, read_name("ABCDEF+CMR8").family);
        assert_eq!(read_name("TimesNewRomanPSMT"), Font { family: "TimesNewRoman".into(), bold: false });
    }
}
