//! Where do the links of the pages lead?
//!
//! The addresses of pages and files, and the encoding of what stands in them.
//! Not here: the routes that answer at these addresses ([`crate::server`]), or a passage's address ([`super::quotes`]).

use std::fmt::Write as _;

use serde::Serialize;

use super::documents::Standing;

/// A link with its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LinkView {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub text: String,
}

/// A link that stands in a document: to another document, or to a place outside that is only visited if one chooses to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DocumentLink {
    /// Where it leads: a page of this service, or an `http`, `https`, `mailto` or `tel` address.
    pub url: String,
    /// The words that it lies on; never empty.
    pub text: String,
    /// What it leads to, whatever its words say: the other document's title, or the host, mailbox or number.
    pub leads_to: String,
    /// Page that it stands on, from 1.
    pub page: Option<u32>,
    /// Whether the other document may be followed today; `None` for what lies outside.
    pub standing: Option<Standing>,
}

impl DocumentLink {
    /// Whether it leads out of this service.
    pub fn is_outside(&self) -> bool {
        self.standing.is_none()
    }
}

/// Percent-encodes a text for use in an address, as a path segment or a query value.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Address of the ask page with a question in it.
pub fn ask_url(question: &str) -> String {
    format!("/?q={}", encode(question))
}

/// Address of a document's page.
pub fn document_url(id: &str) -> String {
    format!("/dokument/{}", encode(id))
}

/// Address of the page that shows what differs between two versions.
pub fn compare_url(newer: &str, older: &str) -> String {
    format!("/dokument/{}/jamfor/{}", encode(newer), encode(older))
}

/// Address of the file that a document was read from.
pub fn original_url(id: &str) -> String {
    format!("/api/v1/documents/{}/original", encode(id))
}

/// The way back from a document, given the path and query of the page that led to it (from `Referer`, same origin only).
pub fn back_link(from: Option<&str>) -> LinkView {
    let link = |url: &str, text: &str| LinkView { url: url.to_owned(), text: text.to_owned() };
    match from {
        Some(from) if from.starts_with("/?q=") => link(from, "Till svaret"),
        Some(from) if from.starts_with("/sok?") => link(from, "Till sökningen"),
        Some("/dokument") => link("/dokument", "Alla dokument"),
        _ => link("/", "Fråga"),
    }
}
