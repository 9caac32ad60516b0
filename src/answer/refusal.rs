//! What is said when the routines do not answer, or must not?

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::contacts::Contacts;
use super::evidence::{DocumentReference, passage_url};
use crate::ingest::Span;
use crate::language::words;
use crate::retrieve::{Hit, Ranked};

/// Routines that are shown as the nearest ones.
const NEAREST: usize = 3;

/// Below this probability the nearest routine is about something else, and its owner is no one to ask.
const NEAR: f32 = 0.3;

/// Passages that are looked through for whom to call.
const PASSAGES: usize = 10;

/// Words of a question that are said to have been looked for.
const LOOKED_FOR: usize = 6;

/// Why it is a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The routines are silent.
    Silent,
    /// It is about a named person's case, which no routine knows.
    Person,
    /// It asks for a medical judgement that is not staff's to make from a routine.
    Judgement,
    /// It has nothing to do with the work.
    OffTopic,
}

impl RefusalKind {
    fn message(self) -> &'static str {
        match self {
            Self::Silent => "Jag hittar inget i rutinerna som svarar på din fråga.",
            Self::Person => "Det här gäller en enskild person, och det vet jag inget om.",
            Self::Judgement => "Det här behöver en sjuksköterska eller läkare bedöma.",
            Self::OffTopic => "Det här hör inte till det som rutinerna handlar om.",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::Silent => "Fråga din chef eller den som ansvarar för området. Gäller det fara för liv, ring 112.",
            Self::Person => {
                "Jag läser bara rutiner, aldrig journaler eller ärenden. Titta i personens egen dokumentation om du har \
                 rätt att läsa den, eller fråga den som är ansvarig. Vill du veta vad rutinen säger: skriv om frågan \
                 utan namn."
            }
            Self::Judgement => {
                "En rutin kan inte avgöra det, och du ska inte behöva göra det själv. Ring och berätta vad du ser. \
                 Gäller det fara för liv, ring 112."
            }
            Self::OffTopic => {
                "Jag svarar på frågor om arbetet, med citat ur de rutiner som finns här. Fråga till exempel om \
                 läkemedel, nycklar eller dokumentation."
            }
        }
    }

    /// What the site's contact list is asked for before the question itself.
    fn subject(self) -> Option<&'static str> {
        match self {
            Self::Judgement => Some("sjuksköterska bedömning"),
            Self::Silent | Self::Person | Self::OffTopic => None,
        }
    }
}

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
    /// Why.
    pub kind: RefusalKind,
    /// The message.
    pub message: String,
    /// What to do instead.
    pub detail: String,
    /// The question's words that were looked for; of a question about a person only those that routines have too.
    pub looked_for: Vec<String>,
    /// Whom to ask: from the site's list, or the nearest routine's owner.
    pub contact: Option<String>,
    /// The nearest routines; of a question for a judgement those that say whom to call come first.
    pub nearest: Vec<Nearest>,
}

impl Refusal {
    /// The refusal of a question, with what was found for it.
    pub fn of(kind: RefusalKind, ranked: &Ranked, contacts: &Contacts) -> Self {
        let mut nearest = if kind == RefusalKind::Judgement { calls(&ranked.hits) } else { Vec::new() };
        for hit in &ranked.hits {
            add(&mut nearest, near(hit, closest(hit)));
        }
        let near_enough = ranked.confidence.0 >= NEAR && kind != RefusalKind::OffTopic;
        let first = nearest.first().filter(|_| near_enough);
        let mut texts: Vec<&str> = Vec::new();
        if kind != RefusalKind::OffTopic {
            texts.extend(kind.subject());
            texts.push(ranked.analysed.question.as_str());
            texts.extend(first.map(|first| first.document.title.as_str()));
        }
        let owner = first.and_then(|first| first.document.owner.clone());
        let contact = match (contacts.for_texts(&texts), owner) {
            (Some(whom), Some(owner)) if !whom.contains(&owner) => {
                Some(format!("{whom}. För den närmaste rutinen ansvarar: {owner}"))
            }
            (Some(whom), _) => Some(whom.to_owned()),
            (None, owner) => owner,
        };
        Self {
            kind,
            message: kind.message().to_owned(),
            detail: kind.detail().to_owned(),
            looked_for: looked_for(kind, ranked),
            contact,
            nearest,
        }
    }
}

fn looked_for(kind: RefusalKind, ranked: &Ranked) -> Vec<String> {
    let found = ranked.hits.iter().take(PASSAGES).flat_map(|hit| words(&hit.row.passage.text));
    // As they stand: the stem of a name can be that of another word (Kalle, kallar).
    let there: HashSet<String> = found.map(|word| word.text).collect();
    let mut out: Vec<String> = Vec::new();
    for word in &ranked.analysed.content_words {
        // A name is not said again.
        let may_be_said = kind != RefusalKind::Person || there.contains(word);
        if may_be_said && out.len() < LOOKED_FOR && !out.contains(word) {
            out.push(word.clone());
        }
    }
    out
}

/// What the passages found say of calling a nurse, a doctor or 112: the closest such line of each document.
fn calls(hits: &[Hit]) -> Vec<Nearest> {
    let mut lines: Vec<(f32, &Hit, Span)> = Vec::new();
    for hit in hits.iter().take(PASSAGES) {
        let passage = &hit.row.passage;
        for (unit, score) in passage.units.iter().zip(&hit.unit_scores) {
            let text = passage.text_of(unit).to_lowercase();
            let whom = ["sjuksköterska", "läkare", "112", "1177"].iter().any(|word| text.contains(word));
            let calls = ["ring", "kontakta", "tillkalla", "larma"].iter().any(|word| text.contains(word));
            if whom && calls {
                lines.push((*score, hit, unit.span));
            }
        }
    }
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut out = Vec::new();
    for (_, hit, span) in lines {
        add(&mut out, near(hit, Some(span)));
    }
    out
}

/// Adds a routine unless it is there already or there are enough.
fn add(nearest: &mut Vec<Nearest>, new: Nearest) {
    let is_new = nearest.iter().all(|other| other.document.id != new.document.id);
    if is_new && nearest.len() < NEAREST {
        nearest.push(new);
    }
}

/// The unit that comes closest says more than the passage's first line.
fn closest(hit: &Hit) -> Option<Span> {
    let best = hit.unit_scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index);
    best.and_then(|index| hit.row.passage.units.get(index)).map(|unit| unit.span)
}

fn near(hit: &Hit, span: Option<Span>) -> Nearest {
    let passage = &hit.row.passage;
    Nearest {
        text: span.map_or(passage.text.as_str(), |span| passage.slice(span)).to_owned(),
        document: DocumentReference::of(&hit.document, hit.standing),
        heading_path: passage.heading_path.clone(),
        page: passage.page,
        passage: passage.id.to_string(),
        url: passage_url(&hit.document, passage.id.as_str(), span),
    }
}
