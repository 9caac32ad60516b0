//! Is a paragraph of this style a heading, the title, or an entry of the table of contents?
//!
//! Styles are known by their outline level, by Word's own names in English and Swedish ("heading 1", "Rubrik 1"), and
//! by the styles that they are based on, so that a municipality's own template works. Not here: list numbers.

use std::collections::HashMap;

use crate::ingest::readers::office::xml::Element;

/// What a paragraph is by its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Heading(u8),
    Title,
    /// A line of the table of contents.
    Contents,
    Body,
}

#[derive(Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    list: Option<ListPlace>,
    bold: Option<bool>,
}

/// Where a style or paragraph stands in a list definition; a style may leave the level to the numbering part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListPlace {
    /// `w:numId`; "0" takes a paragraph out of its style's list.
    pub(super) number: String,
    /// `w:ilvl`.
    pub(super) level: u8,
}

/// The styles of a document by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
}

impl Styles {
    /// Reads `word/styles.xml`.
    pub(super) fn new(part: &Element) -> Self {
        let mut styles = HashMap::new();
        for element in part.children.iter().filter(|child| child.name == "style") {
            let Some(id) = element.attribute("styleId") else {
                continue;
            };
            let properties = element.child("pPr");
            let style = Style {
                name: element.value_of("name").unwrap_or_default().trim().to_lowercase(),
                based_on: element.value_of("basedOn").map(str::to_owned),
                outline: properties.and_then(outline_level),
                list: properties.and_then(list_place),
                bold: element.child("rPr").and_then(|run| run.child("b").map(|_| run.is_on("b"))),
            };
            styles.insert(id.to_owned(), style);
        }
        Self { styles }
    }

    /// What a paragraph of the style `id` is.
    pub(super) fn role(&self, id: &str) -> Role {
        for (id, style) in self.chain(id) {
            if let Some(role) = named_role(&style.name).or_else(|| named_role(&id.to_lowercase())) {
                return role;
            }
            match style.outline {
                Some(level @ 0..=8) => return Role::Heading(level + 1),
                Some(_) => return Role::Body,
                None => {}
            }
        }
        // A document without its styles part still tells by the ids.
        if self.styles.is_empty() { named_role(&id.to_lowercase()).unwrap_or(Role::Body) } else { Role::Body }
    }

    /// The list that the style puts its paragraphs in, and the style in its chain that says so.
    pub(super) fn list<'a>(&'a self, id: &'a str) -> Option<(&'a str, ListPlace)> {
        self.chain(id).into_iter().find_map(|(holder, style)| Some((holder, style.list.clone()?)))
    }

    /// Whether the style's text is bold.
    pub(super) fn is_bold(&self, id: &str) -> bool {
        self.chain(id).into_iter().find_map(|(_, style)| style.bold).unwrap_or(false)
    }

    /// The style and those it is based on.
    fn chain<'a>(&'a self, id: &'a str) -> Vec<(&'a str, &'a Style)> {
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next
            && chain.len() < 20
            && let Some(style) = self.styles.get(id)
        {
            chain.push((id, style));
            next = style.based_on.as_deref();
        }
        chain
    }
}

/// `w:outlineLvl` of paragraph properties, 0 to 9, where 9 is body text.
pub(super) fn outline_level(properties: &Element) -> Option<u8> {
    properties.value_of("outlineLvl")?.parse().ok()
}

/// `w:numPr` of paragraph properties.
pub(super) fn list_place(properties: &Element) -> Option<ListPlace> {
    let place = properties.child("numPr")?;
    let number = place.value_of("numId")?.to_owned();
    let level = place.value_of("ilvl").and_then(|level| level.parse().ok()).unwrap_or(0);
    Some(ListPlace { number, level })
}

/// Roles of Word's own names, in lower case: "heading 1", "rubrik 1", "rubrik1", "title", "rubrik", "toc 2".
fn named_role(name: &str) -> Option<Role> {
    let bare = name.trim_end_matches(|character: char| character.is_ascii_digit()).trim_end();
    let number: Option<u8> = name[bare.len()..].trim().parse().ok();
    match (bare, number) {
        ("heading" | "rubrik" | "överskrift", Some(level @ 1..=9)) => Some(Role::Heading(level)),
        ("title" | "rubrik" | "titel" | "dokumentrubrik" | "dokumenttitel", None) => Some(Role::Title),
        ("toc" | "innehåll" | "innehll" | "tocheading" | "toc heading" | "innehållsförteckningsrubrik", _) => {
            Some(Role::Contents)
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::readers::office::xml::parse;

    #[test]
    fn own_and_localised_styles_are_headings() {
        let part = parse(
            "<s><style styleId='Rubrik1'><name val='heading 1'/></style>\
             <style styleId='Eget'><name val='Lotsby Kapitel'/><basedOn val='Rubrik1'/></style>\
             <style styleId='Kap'><name val='Kapitelrubrik'/><pPr><outlineLvl val='1'/></pPr></style>\
             <style styleId='Rubrik'><name val='Title'/></style><style styleId='x'><name val='Rubrik 3'/></style>\
             <style styleId='a'><name val='A'/><basedOn val='b'/></style><style styleId='b'><name val='B'/><basedOn val='a'/></style></s>"
                .as_bytes(),
            "DOCX",
        )
        .unwrap();
        let styles = Styles::new(&part);
        assert_eq!(styles.role("Eget"), Role::Heading(1));
        assert_eq!(styles.role("Kap"), Role::Heading(2));
        assert_eq!(styles.role("Rubrik"), Role::Title);
        assert_eq!(styles.role("x"), Role::Heading(3));
        assert_eq!(styles.role("a"), Role::Body);
    }
}
