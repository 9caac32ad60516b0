//! How is a quote shown?
//!
//! The exact words of a document, and where they stand, with the address that opens them there.
//! Not here: which quotes answer a question ([`crate::answer`]), or the answer around them ([`super::ask`]).

use serde::Serialize;

use super::documents::DocumentSummary;
use super::links::encode;
use super::text::{TextPart, phone_parts, place};

/// A stretch of a document's canonical text, in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpanView {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// What is said of text that was recognised from a picture.
pub const RECOGNISED: &str = "Inläst från skannad sida, kan innehålla läsfel";

/// An exact quote from a document: a sentence or a table row, with where it stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct QuoteView {
    /// The number that citations use; `None` for the nearest passages of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The words of the document, exactly.
    pub text: String,
    /// What leads in to the quote, for instance the sentence before a list; may be empty.
    pub before: String,
    /// The document that it stands in.
    pub document: DocumentSummary,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The page that it stands on, where the document has pages.
    pub page: Option<u32>,
    /// The passage that it belongs to.
    pub passage: String,
    /// How surely its text was recognised, from 0 to 1, if it was read from a picture of the page.
    pub ocr_confidence: Option<f32>,
    /// Where it stands in the document's text.
    pub span: SpanView,
    /// Address of the document opened at the quote, see [`passage_url`].
    pub url: String,
}

impl QuoteView {
    /// The quote's text with its phone numbers apart.
    pub fn text_parts(&self) -> Vec<TextPart> {
        phone_parts(&self.text)
    }

    /// The lead-in's text with its phone numbers apart.
    pub fn before_parts(&self) -> Vec<TextPart> {
        phone_parts(&self.before)
    }

    /// Headings and page on one line: `4 Ansvar › 4.2 Delegering, sida 3`.
    pub fn place(&self) -> String {
        place(&self.heading_path, self.page)
    }

    /// The number as a chip shows it; empty for a quote without one.
    pub fn number_text(&self) -> String {
        self.number.map(|number| number.to_string()).unwrap_or_default()
    }
}

/// Address of a document opened at a span of a passage.
pub fn passage_url(id: &str, passage: &str, span: SpanView) -> String {
    format!("/dokument/{}?stycke={}&fran={}&till={}#traff", encode(id), encode(passage), span.start, span.end)
}
