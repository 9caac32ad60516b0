//! What does this XML part say?
//!
//! A small tree of elements by local name, enough to walk Word's markup. Not here: namespaces, which Word's local
//! names do not need, and entities other than XML's own.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::damaged;
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

/// Parses a part; gives its root element.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, ReadError> {
    let text = decode(bytes)?;
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
                stack.push(open(&start)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > MAX_ELEMENTS {
                    return Err(ReadError::TooLarge("its markup is too long".to_owned()));
                }
                let element = open(&start)?;
                if let Some(parent) = stack.last_mut() {
                    parent.children.push(element);
                }
            }
            Event::End(_) => close(&mut stack),
            Event::Text(part) => push_text(&mut stack, &part.xml10_content()),
            Event::CData(part) => push_text(&mut stack, &part.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Ok(Some(character)) = reference.resolve_char_ref() {
                    push_text(&mut stack, character.encode_utf8(&mut [0; 4]));
                } else if let Some(known) = resolve_predefined_entity(&reference.xml10_content()) {
                    push_text(&mut stack, known);
                }
            }
            Event::Eof => break,
            // No office program writes entities; what they are used for is text that grows a million times when read.
            Event::DocType(text) => {
                if text.xml10_content().contains("<!ENTITY") {
                    return Err(damaged("an XML part defines entities, which no office program writes"));
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if stack.len() != 1 {
        return Err(damaged("an XML part ends in the middle"));
    }
    stack.pop().and_then(|mut outer| outer.children.pop()).ok_or_else(|| damaged("an XML part is empty"))
}

/// Word writes UTF-8; UTF-16 is allowed by the standard.
fn decode(bytes: &[u8]) -> Result<String, ReadError> {
    let (text, _, broken) = encoding_rs::UTF_8.decode(bytes);
    if broken { Err(damaged("an XML part is not UTF-8")) } else { Ok(text.into_owned()) }
}

fn open(start: &BytesStart<'_>) -> Result<Element, ReadError> {
    let mut element = Element { name: start.local_name().into_inner().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| damaged(error.to_string()))?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| damaged(error.to_string()))?;
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

fn push_text(stack: &mut [Element], text: &str) {
    if let Some(top) = stack.last_mut() {
        top.text.push_str(text);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_attributes_and_entities() {
        let root = parse(b"<w:a xmlns:w='x'><w:b w:val='1'/><w:t>R&amp;D &#229;</w:t></w:a>").unwrap();
        assert_eq!(root.value_of("b"), Some("1"));
        assert_eq!(root.child_text("t").as_deref(), Some("R&D å"));
        assert!(parse(b"<a><b>").is_err());
        assert!(parse(b"<!DOCTYPE a SYSTEM 'a.dtd'><a/>").is_ok());
        assert!(parse(b"<!DOCTYPE a [<!ENTITY b 'bb'>]><a>&b;</a>").is_err());
    }
}
