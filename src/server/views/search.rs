//! What does the search page show?
//!
//! Documents that fit the query, with their best passages.
//! Not here: how they are found ([`crate::retrieve`]).

use askama::Template;
use serde::Serialize;

use super::danger::DangerView;
use super::documents::DocumentSummary;
use super::links::ask_url;
use super::pages::Frame;
use super::text::{Segment, place, segments};

/// A passage that a search found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SearchPassage {
    /// The passage.
    pub passage: String,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The page that it stands on, where the document has pages.
    pub page: Option<u32>,
    /// How surely its text was recognised, from 0 to 1, if any of it was read from a picture of a page.
    pub ocr_confidence: Option<f32>,
    /// The passage's text, or the part of it that is worth showing.
    pub text: String,
    /// Matched words as character ranges of `text`.
    pub highlights: Vec<(usize, usize)>,
    /// Address of the document opened at the passage.
    pub url: String,
}

impl SearchPassage {
    /// The text with its matched words marked.
    pub fn segments(&self) -> Vec<Segment> {
        segments(&self.text, &self.highlights)
    }

    /// Headings and page on one line; never empty, since it is the passage's link.
    pub fn place(&self) -> String {
        let place = place(&self.heading_path, self.page);
        if place.is_empty() { "Öppna stycket".to_owned() } else { place }
    }
}

/// A document that a search found, with its best passages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SearchHit {
    /// How well it fits; for the API, not shown.
    pub score: f32,
    /// The document.
    pub document: DocumentSummary,
    /// Its best passages, best first.
    pub passages: Vec<SearchPassage>,
}

/// `GET /sok`: hits grouped by document.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "search.html", config = "src/server/web/askama.toml")]
pub struct SearchPage {
    /// What every page needs.
    pub frame: Frame,
    /// What was searched for; empty shows the start of the page.
    pub query: String,
    /// What comes before the hits, if the query tells of danger to life.
    pub danger: Option<DangerView>,
    /// The server's time in milliseconds.
    pub took_ms: u64,
    /// The hits, best first.
    pub hits: Vec<SearchHit>,
    /// Why the search could not be made, in Swedish.
    pub error: Option<String>,
}

impl SearchPage {
    /// "3 dokument", "Inga träffar".
    pub fn count_text(&self) -> String {
        match self.hits.len() {
            0 => "Inga träffar".to_owned(),
            1 => "1 dokument".to_owned(),
            many => format!("{many} dokument"),
        }
    }

    /// Address of the ask page with the query as a question.
    pub fn ask_url(&self) -> String {
        ask_url(&self.query)
    }
}
