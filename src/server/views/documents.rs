//! How are documents shown in a row: beside a quote, in a hit, in the list?
//!
//! A document's facts and whether it may be followed, how to refer to it, and the list of all documents.
//! Not here: a document with its text ([`super::document`]), or how its standing is decided ([`crate::ingest`]).

use std::fmt::Write as _;

use askama::Template;
use serde::Serialize;

use super::links::document_url;
use super::pages::Frame;
use super::text::swedish_date;

/// Whether a document may be followed today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    #[default]
    Valid,
    /// In force, but past the day when it should have been revised.
    ReviewOverdue,
    /// Decided but not in force yet.
    Upcoming,
    /// Repealed or past its last day.
    Expired,
    /// A newer version of it counts instead.
    Superseded,
}

impl Standing {
    /// The badge's text.
    pub fn label(self) -> &'static str {
        match self {
            Self::Valid => "Gäller",
            Self::ReviewOverdue => "Skulle ha reviderats",
            Self::Upcoming => "Gäller inte än",
            Self::Expired => "Upphävd",
            Self::Superseded => "Ersatt",
        }
    }

    /// The badge's class, which gives its colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ReviewOverdue => "overdue",
            Self::Upcoming => "upcoming",
            // Neither may be followed.
            Self::Expired | Self::Superseded => "expired",
        }
    }
}

/// The version that counts instead of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SupersededBy {
    /// Its stable name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Address of its page.
    pub url: String,
    /// Whether it may be followed itself today; where not, no version may.
    pub standing: Standing,
    /// The day from which the older document has not counted any more, as an ISO date, if it is known.
    pub since: Option<String>,
    /// Whether this version took its place on that day; otherwise there was another one in between.
    pub at_once: bool,
}

impl SupersededBy {
    /// Whether it has expired itself, so that no version is in force.
    pub fn is_dead(&self) -> bool {
        matches!(self.standing, Standing::Expired | Standing::Superseded)
    }

    /// The day, written out.
    pub fn since_text(&self) -> String {
        self.since.as_deref().map(swedish_date).unwrap_or_default()
    }
}

/// Another version of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VersionView {
    /// Its stable name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Address of its page.
    pub url: String,
    /// Whether it comes after the document; otherwise it was before it.
    pub newer: bool,
    /// Whether it may be followed today.
    pub standing: Standing,
    /// First day in force, as an ISO date.
    pub valid_from: Option<String>,
    /// Last day in force by its own account, as an ISO date.
    pub valid_until: Option<String>,
}

impl VersionView {
    /// When it was in force: "från 1 april 2025", "1 maj 2022 till 31 mars 2025"; empty where it does not say.
    pub fn period(&self) -> String {
        let date = |date: &Option<String>| date.as_deref().map(swedish_date);
        match (date(&self.valid_from), date(&self.valid_until)) {
            (Some(from), Some(until)) => format!("{from} till {until}"),
            (Some(from), None) => format!("från {from}"),
            (None, Some(until)) => format!("till och med {until}"),
            (None, None) => String::new(),
        }
    }
}

/// A document as it is shown beside a quote, in a hit and in the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DocumentSummary {
    /// Its stable name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// "Rutin", "Riktlinje" and so on.
    pub document_type: Option<String>,
    /// The function that answers for it.
    pub owner: Option<String>,
    /// The collection that it belongs to.
    pub collection: Option<String>,
    /// Its number in the register of cases.
    pub case_number: Option<String>,
    /// Whether it may be followed today.
    pub standing: Standing,
    /// First day in force, as an ISO date.
    pub valid_from: Option<String>,
    /// Last day in force, as an ISO date.
    pub valid_until: Option<String>,
    /// The day when it should be revised, as an ISO date.
    pub review_due: Option<String>,
    /// Who it applies to.
    pub applies_to: Option<String>,
    /// What counts instead of it today.
    pub superseded_by: Option<SupersededBy>,
    /// Other versions of it, newest first.
    pub versions: Vec<VersionView>,
}

impl DocumentSummary {
    /// Address of the document's page, without a passage.
    pub fn url(&self) -> String {
        document_url(&self.id)
    }

    /// The badge's second half: the date that explains its standing; empty where none is known.
    pub fn validity_detail(&self) -> String {
        let say = |lead: &str, date: &Option<String>| {
            date.as_deref().map(|date| format!("{lead} {}", swedish_date(date))).unwrap_or_default()
        };
        match self.standing {
            Standing::Valid if self.review_due.is_some() => say("revideras", &self.review_due),
            Standing::Valid => say("från", &self.valid_from),
            Standing::ReviewOverdue => say("senast", &self.review_due),
            Standing::Upcoming => say("börjar gälla", &self.valid_from),
            Standing::Expired => say("gällde till och med", &self.valid_until),
            Standing::Superseded => say("sedan", &self.superseded_by.as_ref().and_then(|newer| newer.since.clone())),
        }
    }

    /// The warning at the top of a document that is not plainly in force; `None` when it is, or when the page says with a
    /// link what counts instead.
    pub fn warning(&self) -> Option<String> {
        let owner = self.owner.as_deref().unwrap_or("den som ansvarar för dokumentet");
        let date = |date: &Option<String>| date.as_deref().map(swedish_date);
        match self.standing {
            Standing::Valid | Standing::Superseded => None,
            Standing::ReviewOverdue => Some(match date(&self.review_due) {
                Some(day) => format!(
                    "Dokumentet skulle ha reviderats senast {day}. Det gäller fortfarande, men delar kan vara inaktuella. \
                     Fråga {owner} om du är osäker."
                ),
                None => format!(
                    "Dokumentet skulle ha reviderats. Det gäller fortfarande, men delar kan vara inaktuella. Fråga {owner} \
                     om du är osäker."
                ),
            }),
            Standing::Upcoming => Some(match date(&self.valid_from) {
                Some(day) => format!("Dokumentet börjar gälla {day}. Följ det inte före dess."),
                None => "Dokumentet gäller inte än. Följ det inte.".to_owned(),
            }),
            Standing::Expired => Some(match date(&self.valid_until) {
                Some(day) => format!("Dokumentet är upphävt. Det gällde till och med {day}. Följ det inte."),
                None => "Dokumentet är upphävt. Följ det inte.".to_owned(),
            }),
        }
    }
}

/// How to refer to a passage in a journal: title, case number, heading and page.
pub fn reference(document: &DocumentSummary, heading_path: &[String], page: Option<u32>) -> String {
    let mut text = document.title.clone();
    if let Some(number) = &document.case_number {
        let _ = write!(text, " ({number})");
    }
    if let Some(heading) = heading_path.last() {
        let _ = write!(text, ", ”{heading}”");
    }
    if let Some(page) = page {
        let _ = write!(text, ", s. {page}");
    }
    if let Some(date) = &document.valid_from {
        let _ = write!(text, ", gäller från {date}");
    }
    text
}

/// A collection with its documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CollectionView {
    /// The collection's name.
    pub name: String,
    /// Its documents, in the order to show.
    pub documents: Vec<DocumentSummary>,
}

/// `GET /dokument`: every document that the reader may see, by collection.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "documents.html", config = "src/server/web/askama.toml")]
pub struct DocumentsPage {
    /// What every page needs.
    pub frame: Frame,
    /// The collections in the order to show.
    pub collections: Vec<CollectionView>,
}

impl DocumentsPage {
    /// How many documents there are.
    pub fn total(&self) -> usize {
        self.collections.iter().map(|collection| collection.documents.len()).sum()
    }
}
