//! What do all pages have in common, and what does a page show that is about the service itself?
//!
//! The frame around every page, the page about the service and the page of an error.
//! Not here: the pages that people come for (the other files of this folder).

use askama::Template;
use serde::Serialize;

use super::links::encode;
use super::text::{TextPart, phone_parts, swedish_date};

/// The part of the service that a page belongs to; marks the current place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The ask page.
    Ask,
    /// The search page.
    Search,
    /// The list of documents, and a document.
    Documents,
    /// The page about the service.
    About,
    /// None of them, for instance an error page.
    #[default]
    Elsewhere,
}

/// What every page needs: who runs the service, and the version of its assets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Name of the municipality or unit, shown beside the product's name; may be empty.
    pub organisation: String,
    /// Hash of the embedded assets, sent as `?v=` so that they can be cached for long.
    pub asset_version: String,
    /// Where in the service the page is.
    pub section: Section,
    /// Hours after which the device forgets what it has kept; see `web/static/device.js`.
    pub shift_hours: u32,
}

impl Frame {
    /// Makes the frame of a page.
    pub fn new(organisation: impl Into<String>, asset_version: impl Into<String>, section: Section) -> Self {
        Self { organisation: organisation.into(), asset_version: asset_version.into(), section, shift_hours: 8 }
    }

    /// The same frame with what the device may keep, and for how long.
    #[must_use]
    pub fn with_shift(self, hours: u32) -> Self {
        Self { shift_hours: hours, ..self }
    }

    /// Address of an embedded asset, with its version.
    pub fn asset(&self, name: &str) -> String {
        format!("/static/{name}?v={}", encode(&self.asset_version))
    }

    /// Whether the page is on the ask page.
    pub fn is_ask(&self) -> bool {
        self.section == Section::Ask
    }

    /// Whether the page is the search page.
    pub fn is_search(&self) -> bool {
        self.section == Section::Search
    }

    /// Whether the page is the list of documents or a document.
    pub fn is_documents(&self) -> bool {
        self.section == Section::Documents
    }

    /// Whether the page is the one about the service.
    pub fn is_about(&self) -> bool {
        self.section == Section::About
    }
}

/// `GET /om`: what the service is, that answers are made by AI, and how to use it.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "about.html", config = "src/server/web/askama.toml")]
pub struct AboutPage {
    /// What every page needs.
    pub frame: Frame,
    /// The model that composes answers; `None` when composing is off.
    pub generator: Option<String>,
    /// How many documents are indexed.
    pub documents: usize,
    /// When the index was last updated, as an ISO date.
    pub indexed_on: Option<String>,
    /// Whom to ask about the service; may hold a phone number.
    pub contact: Option<String>,
}

impl AboutPage {
    /// The day of the index, written out.
    pub fn indexed_text(&self) -> String {
        self.indexed_on.as_deref().map(swedish_date).unwrap_or_default()
    }

    /// The contact with its phone numbers apart.
    pub fn contact_parts(&self) -> Vec<TextPart> {
        self.contact.as_deref().map(phone_parts).unwrap_or_default()
    }
}

/// `GET /utan-tackning`: what a phone shows when a page cannot be fetched and no copy of it is kept.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "offline.html", config = "src/server/web/askama.toml")]
pub struct OfflinePage {
    /// What every page needs.
    pub frame: Frame,
}

/// `POST /aterkoppling`: thanks for a report of an answer.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "thanks.html", config = "src/server/web/askama.toml")]
pub struct ThanksPage {
    /// What every page needs.
    pub frame: Frame,
    /// Address of the question that the report is about.
    pub back: String,
}

/// Any error that a person sees as a page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "error.html", config = "src/server/web/askama.toml")]
pub struct ErrorPage {
    /// What every page needs.
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in one line.
    pub title: String,
    /// What it means and what to do.
    pub message: String,
}

impl ErrorPage {
    /// The page for a status, in Swedish; section [`Section::Elsewhere`] suits its frame.
    pub fn for_status(frame: Frame, status: u16) -> Self {
        let (title, message) = match status {
            404 => (
                "Sidan finns inte",
                "Länken är gammal eller felskriven, eller så har dokumentet tagits bort. Sök efter rutinen i stället.",
            ),
            400 | 413 | 422 => {
                ("Frågan gick inte att läsa", "Den är för lång eller har fel form. Skriv om den kortare.")
            }
            403 => ("Du har inte behörighet", "Dokumentet hör till en samling som du inte får läsa. Fråga din chef."),
            429 => ("För många frågor på en gång", "Vänta en liten stund och försök sedan igen."),
            503 => ("Tjänsten är inte redo", "Den startar eller har mycket att göra. Försök igen om en liten stund."),
            _ => (
                "Något gick fel hos oss",
                "Felet är antecknat. Försök igen. Är det bråttom: läs rutinen i dokumentlistan eller ring ansvarig chef.",
            ),
        };
        Self { frame, status, title: title.to_owned(), message: message.to_owned() }
    }
}
