//! Has this paragraph of a slide a bullet or a number?
//!
//! A paragraph says so itself, or its placeholder on the layout or the master does. Not here: the paragraph's text.

use crate::ingest::readers::office::counting::Form;
use crate::ingest::readers::office::xml::Element;

/// What stands before a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bullet {
    None,
    Mark,
    /// A number, its form, what follows it, and where counting starts.
    Number(Form, char, i64),
}

/// The layout and the master of a slide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Master<'a> {
    pub(super) layout: Option<&'a Element>,
    pub(super) master: Option<&'a Element>,
}

/// A shape's place on the layout, `<p:ph type="body" idx="1"/>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placeholder<'a> {
    /// `title`, `body` ...; content without a type is `obj`.
    pub(super) kind: &'a str,
    index: Option<&'a str>,
}

impl<'a> Placeholder<'a> {
    /// The placeholder of a shape, if it is one.
    pub(super) fn of(shape: &'a Element) -> Option<Self> {
        let placeholder =
            shape.path(&["nvSpPr", "nvPr", "ph"]).or_else(|| shape.path(&["nvGraphicFramePr", "nvPr", "ph"]))?;
        Some(Self { kind: placeholder.attribute("type").unwrap_or("obj"), index: placeholder.attribute("idx") })
    }
}

impl Master<'_> {
    /// What stands before a paragraph on `level` (from 0) of a shape.
    pub(super) fn bullet(self, shape: &Element, paragraph: &Element, level: u8) -> Bullet {
        let own = paragraph.child("pPr").and_then(read);
        let in_shape = || list_style(shape, level).and_then(read);
        own.or_else(in_shape).unwrap_or_else(|| match Placeholder::of(shape) {
            Some(placeholder) => self.inherited(placeholder, level),
            None => Bullet::None,
        })
    }

    fn inherited(self, placeholder: Placeholder<'_>, level: u8) -> Bullet {
        let on_layout = self.layout.and_then(|layout| {
            let shapes = layout.descendants("sp");
            let twin = shapes.into_iter().find(|shape| {
                Placeholder::of(shape).is_some_and(|other| match placeholder.index {
                    Some(index) => other.index == Some(index),
                    None => other.kind == placeholder.kind,
                })
            })?;
            list_style(twin, level).and_then(read)
        });
        on_layout.unwrap_or_else(|| {
            if !matches!(placeholder.kind, "obj" | "body") {
                return Bullet::None;
            }
            let name = level_name(level);
            let style = self.master.and_then(|master| master.path(&["txStyles", "bodyStyle", &name]));
            style.and_then(read).unwrap_or(Bullet::None)
        })
    }
}

fn level_name(level: u8) -> String {
    format!("lvl{}pPr", level + 1)
}

fn list_style(shape: &Element, level: u8) -> Option<&Element> {
    shape.path(&["txBody", "lstStyle", &level_name(level)])
}

/// What paragraph properties say of a bullet; `None` if nothing.
fn read(properties: &Element) -> Option<Bullet> {
    properties.children.iter().find_map(|child| match child.name.as_str() {
        "buNone" => Some(Bullet::None),
        "buChar" | "buBlip" => Some(Bullet::Mark),
        "buAutoNum" => {
            let kind = child.attribute("type").unwrap_or_default();
            let start = child.attribute("startAt").and_then(|start| start.parse().ok()).unwrap_or(1);
            let form = if kind.starts_with("alphaLc") {
                Form::LowerLetter
            } else if kind.starts_with("alphaUc") {
                Form::UpperLetter
            } else if kind.starts_with("romanLc") {
                Form::LowerRoman
            } else if kind.starts_with("romanUc") {
                Form::UpperRoman
            } else {
                Form::Decimal
            };
            Some(Bullet::Number(form, if kind.contains("Paren") { ')' } else { '.' }, start))
        }
        _ => None,
    })
}
