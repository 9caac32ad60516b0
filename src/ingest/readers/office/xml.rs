//! What does this XML part say?
//!
//! A small tree of elements by local name, enough to walk the markup of office programs. Not here: namespaces, which
//! their local names do not need, and entities other than XML's own.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::package::damaged;
use crate::ingest::document::ReadError;

/// More elements than any document that people write.
const MAX_ELEMENTS: usize = 4_000_000;
/// Deeper nesting than any document that people write.
const MAX_DEPTH: usize = 256;

/// An element with its attributes and what it holds.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Name without prefix.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// Elements within.
    pub(super) children: Vec<Element>,
    text: String,
}

/// Name of the children that stand for stretches of text in a tree from [`parse_mixed`].
pub(super) const TEXT: &str = "#text";

impl Element {
    /// First child called `name`.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Follows a path of first children.
    pub(super) fn path(&self, names: &[&str]) -> Option<&Element> {
        names.iter().try_fold(self, |element, name| element.child(name))
    }

    /// An attribute by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether an attribute of this name, whatever its prefix, has this value.
    pub(super) fn has_attribute(&self, name: &str, value: &str) -> bool {
        self.attributes.iter().any(|(key, held)| key == name && held == value)
    }

    /// The `val` attribute of the first child called `name`.
    pub(super) fn value_of(&self, name: &str) -> Option<&str> {
        self.child(name)?.attribute("val")
    }

    /// Whether a switch such as `<w:b/>` is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.child(name).is_some_and(|child| !matches!(child.attribute("val"), Some("0" | "false" | "off" | "none")))
    }

    /// The element's own text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// All text within, in order.
    pub(super) fn all_text(&self) -> String {
        let mut out = self.text.clone();
        for child in &self.children {
            out.push_str(&child.all_text());
        }
        out
    }

    /// Text of the first child called `name`.
    pub(super) fn child_text(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.clone())
    }

    /// Elements called `name` below this one, in order; not those within one that was found.
    pub(super) fn descendants(&self, name: &str) -> Vec<&Element> {
        let mut found = Vec::new();
        let mut open: Vec<&Element> = self.children.iter().rev().collect();
        while let Some(element) = open.pop() {
            if element.name == name {
                found.push(element);
            } else {
                open.extend(element.children.iter().rev());
            }
        }
        found
    }
}

/// Parses a part of a `format` file; gives its root element. An element's text is gathered in one piece.
pub(super) fn parse(bytes: &[u8], format: &'static str) -> Result<Element, ReadError> {
    parse_as(bytes, format, false)
}

/// Parses a part where text and elements stand beside each other: text becomes children called [`TEXT`].
pub(super) fn parse_mixed(bytes: &[u8], format: &'static str) -> Result<Element, ReadError> {
    parse_as(bytes, format, true)
}

fn parse_as(bytes: &[u8], format: &'static str, mixed: bool) -> Result<Element, ReadError> {
    let damaged = |reason: String| damaged(format, reason);
    let text = decode(bytes).ok_or_else(|| damaged("an XML part is not UTF-8".to_owned()))?;
    let mut reader = Reader::from_str(&text);
    let mut stack = vec![Element::default()];
    let mut count = 0;
    loop {
        let event = reader.read_event().map_err(|error| damaged(error.to_string()))?;
        match event {
            Event::Start(start) => {
                count += 1;
                if stack.len() > MAX_DEPTH || count > MAX_ELEMENTS {
                    return Err(ReadError::TooLarge("its markup is too deep or too long".to_owned()));
                }
                stack.push(open(&start).map_err(damaged)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > MAX_ELEMENTS {
                    return Err(ReadError::TooLarge("its markup is too long".to_owned()));
                }
                let element = open(&start).map_err(damaged)?;
                if let Some(parent) = stack.last_mut() {
                    parent.children.push(element);
                }
            }
            Event::End(_) => close(&mut stack),
            Event::Text(part) => push_text(&mut stack, mixed, &part.xml10_content()),
            Event::CData(part) => push_text(&mut stack, mixed, &part.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Ok(Some(character)) = reference.resolve_char_ref() {
                    push_text(&mut stack, mixed, character.encode_utf8(&mut [0; 4]));
                } else if let Some(known) = resolve_predefined_entity(&reference.xml10_content()) {
                    push_text(&mut stack, mixed, known);
                }
            }
            Event::Eof => break,
            // No office program writes entities; what they are used for is text that grows a million times when read.
            Event::DocType(text) => {
                if text.xml10_content().contains("<!ENTITY") {
                    let reason = "an XML part defines entities, which no office program writes";
                    return Err(damaged(reason.to_owned()));
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if stack.len() != 1 {
        return Err(damaged("an XML part ends in the middle".to_owned()));
    }
    let root = stack.pop().and_then(|outer| outer.children.into_iter().find(|child| child.name != TEXT));
    root.ok_or_else(|| damaged("an XML part is empty".to_owned()))
}

/// Office programs write UTF-8; UTF-16 with its mark is allowed by the standards.
fn decode(bytes: &[u8]) -> Option<String> {
    let (text, _, broken) = encoding_rs::UTF_8.decode(bytes);
    (!broken).then(|| text.into_owned())
}

fn open(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: start.local_name().into_inner().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value =
            attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        element.attributes.push((attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn close(stack: &mut Vec<Element>) {
    if stack.len() > 1
        && let Some(done) = stack.pop()
        && let Some(parent) = stack.last_mut()
    {
        parent.children.push(done);
    }
}

fn push_text(stack: &mut [Element], mixed: bool, text: &str) {
    let Some(top) = stack.last_mut() else {
        return;
    };
    if !mixed {
        top.text.push_str(text);
    } else if let Some(last) = top.children.last_mut().filter(|last| last.name == TEXT) {
        last.text.push_str(text);
    } else {
        top.children.push(Element { name: TEXT.to_owned(), text: text.to_owned(), ..Element::default() });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_attributes_and_entities() {
        let root = parse(b"<w:a xmlns:w='x'><w:b w:val='1'/><w:t>R&amp;D &#229;</w:t></w:a>", "DOCX").unwrap();
        assert_eq!(root.value_of("b"), Some("1"));
        assert_eq!(root.child_text("t").as_deref(), Some("R&D å"));
        assert!(parse(b"<a><b>", "DOCX").is_err());
        assert!(parse(b"<!DOCTYPE a SYSTEM 'a.dtd'><a/>", "DOCX").is_ok());
        assert!(parse(b"<!DOCTYPE a [<!ENTITY b 'bb'>]><a>&b;</a>", "DOCX").is_err());
    }

    #[test]
    fn text_keeps_its_place_where_asked() {
        let root = parse_mixed(b"\n<p>Ring <s>112</s> &amp; v\xc3\xa4nta</p>\n", "ODT").unwrap();
        let parts: Vec<(&str, String)> =
            root.children.iter().map(|child| (child.name.as_str(), child.all_text())).collect();
        assert_eq!(parts, [(TEXT, "Ring ".into()), ("s", "112".into()), (TEXT, " & vänta".into())]);
        let wide: Vec<u8> = "\u{feff}<a>å</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(parse(&wide, "DOCX").unwrap().text(), "å");
    }
}
