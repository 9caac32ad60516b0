//! What does a question get that only names a subject?
//!
//! Routines with the sections to choose from. Not here: which ones ([`crate::answer`]).

use serde::Serialize;

use super::documents::DocumentSummary;
use super::links::LinkView;

/// A routine with its sections on the subject.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OverviewDocumentView {
    /// The routine.
    pub document: DocumentSummary,
    /// Its sections, best first.
    pub sections: Vec<LinkView>,
}

/// What there is to read about a subject.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OverviewView {
    /// The subject as it was asked for.
    pub subject: String,
    /// Routines, those first that bear its name.
    pub documents: Vec<OverviewDocumentView>,
}

impl OverviewView {
    /// The routines and their sections as text, for a report of them.
    pub fn as_text(&self) -> String {
        let lines = self.documents.iter().flat_map(|entry| {
            std::iter::once(entry.document.title.clone())
                .chain(entry.sections.iter().map(|section| format!("- {}", section.text)))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl OverviewDocumentView {
    /// Address of the routine's page.
    pub fn url(&self) -> String {
        super::links::document_url(&self.document.id)
    }
}
