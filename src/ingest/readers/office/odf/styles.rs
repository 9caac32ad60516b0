//! What does a style of an OpenDocument file say of its text?
//!
//! Styles inherit from their parents. Not here: list styles ([`super::lists`]).

use std::collections::HashMap;

use crate::ingest::readers::office::xml::Element;

/// What a paragraph is by its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    /// A line of the table of contents.
    Contents,
    Body,
}

#[derive(Debug, Default)]
struct Style {
    parent: Option<String>,
    /// Its list style; an empty name takes it out of its parent's.
    list: Option<String>,
    bold: Option<bool>,
    font: Option<String>,
    /// Struck out or hidden: the text does not hold.
    dropped: Option<bool>,
    /// `table:display` of a sheet.
    hidden_table: bool,
    /// The paragraph is a heading on this level whatever the element that it stands in.
    outline: Option<u8>,
}

/// The styles of a document by family and name.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<(String, String), Style>,
}

impl Styles {
    /// Reads the styles of several parts, later ones winning.
    pub(super) fn new(sheets: &[&Element]) -> Self {
        let mut styles = HashMap::new();
        for element in sheets.iter().flat_map(|sheet| &sheet.children).filter(|child| child.name == "style") {
            let Some(name) = element.attribute("name") else {
                continue;
            };
            let family = element.attribute("family").unwrap_or_default();
            styles.insert((family.to_owned(), name.to_owned()), read_style(element));
        }
        Self { styles }
    }

    /// What a paragraph of this style is.
    pub(super) fn role(&self, name: &str) -> Role {
        // The style itself may be one of those that every program knows and the file leaves out.
        let own = std::iter::once(name);
        own.chain(self.chain("paragraph", name).into_iter().map(|(name, _)| name))
            .find_map(named_role)
            .unwrap_or(Role::Body)
    }

    /// The heading level that the style gives, from 1.
    pub(super) fn outline(&self, name: &str) -> Option<u8> {
        let chain = self.chain("paragraph", name);
        let told = chain.iter().find_map(|(_, style)| style.outline);
        // A text that was a web page has styles of headings without levels.
        told.or_else(|| chain.iter().find_map(|(name, _)| heading_level(name))).filter(|level| *level > 0)
    }

    /// Whether a paragraph of this style is taken out of every numbering.
    pub(super) fn is_unnumbered(&self, name: &str) -> bool {
        self.chain("paragraph", name).into_iter().find_map(|(_, style)| style.list.as_deref()) == Some("")
    }

    /// Whether text of this style is bold; `None` where it says nothing.
    pub(super) fn bold(&self, family: &str, name: &str) -> Option<bool> {
        self.chain(family, name).into_iter().find_map(|(_, style)| style.bold)
    }

    /// The font of text of this style, where it names one.
    pub(super) fn font(&self, family: &str, name: &str) -> Option<&str> {
        self.chain(family, name).into_iter().find_map(|(_, style)| style.font.as_deref())
    }

    /// Whether text of this style is struck out or hidden.
    pub(super) fn is_dropped(&self, family: &str, name: &str) -> bool {
        self.chain(family, name).into_iter().find_map(|(_, style)| style.dropped).unwrap_or(false)
    }

    /// Whether a sheet of this style is hidden.
    pub(super) fn is_hidden_table(&self, name: &str) -> bool {
        self.chain("table", name).iter().any(|(_, style)| style.hidden_table)
    }

    /// The style and those above it.
    fn chain<'a>(&'a self, family: &str, name: &str) -> Vec<(&'a str, &'a Style)> {
        let mut chain = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next.take()
            && chain.len() < 20
            && let Some(((_, name), style)) = self.styles.get_key_value(&(family.to_owned(), name))
        {
            chain.push((name.as_str(), style));
            next.clone_from(&style.parent);
        }
        chain
    }
}

/// Roles of LibreOffice's own style names.
fn named_role(name: &str) -> Option<Role> {
    let plain = name.replace("_20_", " ").to_lowercase();
    match plain.trim_end_matches(|character: char| character.is_ascii_digit()).trim_end() {
        "title" | "titel" => Some(Role::Title),
        "contents" | "contents heading" | "toc" | "toc heading" => Some(Role::Contents),
        _ => None,
    }
}

/// The level in LibreOffice's own names for styles of headings.
fn heading_level(name: &str) -> Option<u8> {
    let plain = name.replace("_20_", " ").to_lowercase();
    let level = plain.strip_prefix("heading ").or_else(|| plain.strip_prefix("rubrik "))?;
    level.parse().ok().filter(|level| (1..=6).contains(level))
}

fn read_style(element: &Element) -> Style {
    let text = element.child("text-properties");
    let bold = text.and_then(|text| text.attribute("font-weight")).map(|weight| weight == "bold" || weight >= "600");
    let struck = text.and_then(|text| text.attribute("text-line-through-style")).map(|line| line != "none");
    let hidden = text.and_then(|text| text.attribute("display")).map(|display| display == "none");
    Style {
        parent: element.attribute("parent-style-name").map(str::to_owned),
        list: element.attribute("list-style-name").map(str::to_owned),
        bold,
        font: text.and_then(|text| text.attribute("font-name")).map(str::to_owned),
        dropped: struck.into_iter().chain(hidden).reduce(|one, other| one || other),
        hidden_table: element.child("table-properties").and_then(|table| table.attribute("display")) == Some("false"),
        outline: element.attribute("default-outline-level").and_then(|level| level.parse().ok()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::readers::office::xml;

    #[test]
    fn a_heading_is_one_by_its_styles_name_too() {
        let sheet = br#"<styles><style name="Heading_20_1" family="paragraph"/>
            <style name="P1" family="paragraph" parent-style-name="Heading_20_1"/>
            <style name="P2" family="paragraph" parent-style-name="Text_20_body"/></styles>"#;
        let sheet = xml::parse(sheet, "ODT").unwrap();
        let styles = Styles::new(&[&sheet]);
        assert_eq!((styles.outline("P1"), styles.outline("P2")), (Some(1), None));
    }
}
