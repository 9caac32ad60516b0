//! What is said when the routines do not answer?

use serde::Serialize;

use super::evidence::{DocumentReference, passage_url};
use crate::retrieve::{Hit, Ranked};

/// Routines that are shown as the nearest ones.
const NEAREST: usize = 3;

/// Below this probability the nearest routine is about something else, and its owner is no one to ask.
const NEAR: f32 = 0.3;

/// A routine that comes closest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nearest {
    /// Its sentence, list item or table row that comes closest, exactly.
    pub text: String,
    /// The document.
    pub document: DocumentReference,
    /// Headings above the passage.
    pub heading_path: Vec<String>,
    /// Page.
    pub page: Option<u32>,
    /// The passage.
    pub passage: String,
    /// Where it is shown.
    pub url: String,
}

/// An honest no.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// The message.
    pub message: String,
    /// What to do instead.
    pub detail: String,
    /// Whom to ask, from the nearest routine's owner.
    pub contact: Option<String>,
    /// The nearest routines.
    pub nearest: Vec<Nearest>,
}

impl Refusal {
    /// The refusal for a question that the found passages do not answer.
    pub fn of(ranked: &Ranked) -> Self {
        let mut nearest: Vec<Nearest> = Vec::new();
        for hit in &ranked.hits {
            let new = nearest.iter().all(|other| other.document.id != hit.document.id.as_str());
            if new && nearest.len() < NEAREST {
                nearest.push(near(hit));
            }
        }
        let near_enough = ranked.confidence.0 >= NEAR;
        let contact = nearest.first().filter(|_| near_enough).and_then(|first| first.document.owner.clone());
        Self {
            message: "Jag hittar inget i rutinerna som svarar på din fråga.".to_owned(),
            detail: "Fråga din chef eller den som ansvarar för området. Gäller det fara för liv, ring 112.".to_owned(),
            contact,
            nearest,
        }
    }
}

fn near(hit: &Hit) -> Nearest {
    let passage = &hit.row.passage;
    // The unit that comes closest says more than the passage's first line.
    let closest = hit.unit_scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index);
    let unit = closest.and_then(|index| passage.units.get(index));
    let text = unit.map_or(passage.text.as_str(), |unit| passage.text_of(unit)).to_owned();
    Nearest {
        text,
        document: DocumentReference::of(&hit.document, hit.standing),
        heading_path: passage.heading_path.clone(),
        page: passage.page,
        passage: passage.id.to_string(),
        url: passage_url(&hit.document, passage.id.as_str(), unit.map(|unit| unit.span)),
    }
}
