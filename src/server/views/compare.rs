//! What does the page show that compares two versions of a document?
//!
//! What was taken away and what was added, paragraph by paragraph; what is the same is folded away.
//! Not here: what differs ([`crate::ingest::versions`]).

use askama::Template;
use serde::Serialize;

use super::documents::DocumentSummary;
use super::pages::Frame;
use super::text::Segment;

/// A paragraph, list item or table row that stands in one of the versions only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChangedLine {
    /// Whether the newer version has it; otherwise the older one had it.
    pub added: bool,
    /// Its text; where it was only reworded, the words that differ are marked.
    pub segments: Vec<Segment>,
}

/// A stretch of both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ComparePart {
    /// Paragraphs that are the same in both.
    Same {
        /// Their texts.
        lines: Vec<String>,
    },
    /// Paragraphs that are not.
    Changed {
        /// The heading that they stand under, where it is the same in both.
        heading: Option<String>,
        /// What was taken away and what was added, in reading order.
        lines: Vec<ChangedLine>,
    },
}

impl ComparePart {
    /// How many lines were removed and added.
    pub fn counts(parts: &[Self]) -> (usize, usize) {
        let lines = parts.iter().flat_map(|part| match part {
            Self::Changed { lines, .. } => lines.as_slice(),
            Self::Same { .. } => &[],
        });
        let (added, removed): (Vec<&ChangedLine>, Vec<&ChangedLine>) = lines.partition(|line| line.added);
        (removed.len(), added.len())
    }
}

/// `GET /dokument/{id}/jamfor/{older}`: what differs between two versions.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "compare.html", config = "src/server/web/askama.toml")]
pub struct ComparePage {
    /// What every page needs.
    pub frame: Frame,
    /// The newer version.
    pub newer: DocumentSummary,
    /// The older version.
    pub older: DocumentSummary,
    /// Both, in reading order.
    pub parts: Vec<ComparePart>,
}

impl ComparePage {
    /// "2 stycken har tagits bort och 3 har lagts till."
    pub fn summary(&self) -> String {
        match ComparePart::counts(&self.parts) {
            (0, 0) => "Texten är densamma i båda versionerna.".to_owned(),
            (1, added) => format!("1 stycke har tagits bort och {added} har lagts till."),
            (removed, added) => format!("{removed} stycken har tagits bort och {added} har lagts till."),
        }
    }

    /// "Ett stycke är lika", "12 stycken är lika".
    pub fn same_text(&self, lines: &[String]) -> String {
        if lines.len() == 1 { "Ett stycke är lika".to_owned() } else { format!("{} stycken är lika", lines.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_has_changed() {
        let line = |added| ChangedLine { added, segments: vec![Segment::plain("x")] };
        let page = |lines: Vec<ChangedLine>| ComparePage {
            parts: vec![
                ComparePart::Same { lines: vec![String::new()] },
                ComparePart::Changed { heading: None, lines },
            ],
            ..ComparePage::default()
        };
        assert_eq!(page(vec![]).summary(), "Texten är densamma i båda versionerna.");
        assert_eq!(
            page(vec![line(false), line(true), line(true)]).summary(),
            "1 stycke har tagits bort och 2 har lagts till."
        );
    }
}
