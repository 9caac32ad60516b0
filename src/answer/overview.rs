//! Is a question only the name of a subject, and what can one read about it?
//!
//! "Läkemedel?" has a hundred answers; a random one of them would be worse than the sections to choose from. Only where the
//! routines have several: a word that leads to one place ("uppsamlingsplats?") is answered as any question.

use serde::Serialize;

use super::evidence::{DocumentReference, passage_url};
use crate::language::{stem, words};
use crate::retrieve::{Hit, Ranked};

/// Routines that an overview names.
const DOCUMENTS: usize = 6;
/// Sections of one routine.
const SECTIONS: usize = 4;
/// Fewer sections are no choice.
const FEWEST_SECTIONS: usize = 4;
/// A shorter word is too common as the beginning of another: "fall" of "fallskydd" is the shortest that helps.
const SHORTEST_BEGINNING: usize = 4;

/// Words that ask for a subject as a whole, besides its name.
const ASKING: [&str; 23] = [
    "vad",
    "gäller",
    "säger",
    "står",
    "det",
    "i",
    "om",
    "rutin",
    "rutinen",
    "rutiner",
    "rutinerna",
    "för",
    "vid",
    "kring",
    "på",
    "allt",
    "info",
    "information",
    "berätta",
    "visa",
    "jag",
    "vill",
    "veta",
];
/// Words that stand between the words of a name: "hot och våld".
const JOINING: [&str; 2] = ["och", "i"];

/// A section to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverviewSection {
    /// Its heading.
    pub heading: String,
    /// Where it is shown.
    pub url: String,
}

/// A routine with its sections on the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverviewDocument {
    /// The routine.
    pub document: DocumentReference,
    /// Its sections, best first.
    pub sections: Vec<OverviewSection>,
}

/// What there is to read about a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The subject as it was asked for.
    pub subject: String,
    /// Routines, those first that bear its name.
    pub documents: Vec<OverviewDocument>,
}

impl Overview {
    /// The overview of a question that only names a subject; `None` for any other, and where there is no choice.
    pub fn of(ranked: &Ranked) -> Option<Self> {
        let subject = subject(ranked.analysed.question.as_str())?;
        let mut documents: Vec<(bool, OverviewDocument)> = Vec::new();
        for hit in &ranked.hits {
            let heading = hit.row.passage.heading_path.last().map_or(hit.document.title.as_str(), String::as_str);
            let bears_name = subject.is_in(&hit.document.title);
            if !bears_name && !subject.is_in(heading) && !subject.is_in(&hit.row.passage.text) {
                continue;
            }
            let section = || OverviewSection { heading: heading.to_owned(), url: section_url(hit) };
            let id = hit.document.id.as_str();
            match documents.iter_mut().find(|(_, document)| document.document.id == id) {
                Some((_, document)) => {
                    let new = document.sections.iter().all(|other| other.heading != heading);
                    if new && document.sections.len() < SECTIONS {
                        document.sections.push(section());
                    }
                }
                None => documents.push((
                    bears_name,
                    OverviewDocument {
                        document: DocumentReference::of(&hit.document, hit.standing),
                        sections: vec![section()],
                    },
                )),
            }
        }
        // A name of two words must be a routine's own; else the words are a question in short.
        let named = documents.iter().filter(|(bears_name, _)| *bears_name).count();
        if subject.stems.len() > 1 && named == 0 {
            return None;
        }
        documents.sort_by_key(|(bears_name, _)| !bears_name);
        documents.truncate(DOCUMENTS);
        let documents: Vec<OverviewDocument> = documents.into_iter().map(|(_, document)| document).collect();
        let sections: usize = documents.iter().map(|document| document.sections.len()).sum();
        let enough = documents.len() > 1 && sections >= FEWEST_SECTIONS;
        enough.then_some(Self { subject: subject.text, documents })
    }
}

struct Subject {
    text: String,
    stems: Vec<String>,
}

impl Subject {
    /// Whether a text has each of the subject's words, inflected or as the beginning of a compound.
    fn is_in(&self, text: &str) -> bool {
        let there = words(text);
        self.stems.iter().all(|own| {
            there.iter().any(|word| {
                stem(&word.text) == *own
                    || own.chars().count() >= SHORTEST_BEGINNING && word.text.starts_with(own.as_str())
            })
        })
    }
}

/// The subject that a question names, if it does no more than that: one word or two beside those that ask for a subject
/// as a whole. A number makes it a question about something particular.
fn subject(question: &str) -> Option<Subject> {
    let all = words(question);
    let asks = |word: &str| ASKING.contains(&word) || JOINING.contains(&word);
    let naming: Vec<_> = all.iter().filter(|word| !asks(&word.text)).collect();
    let is_name = |text: &str| text.chars().count() > 2 && text.chars().all(char::is_alphabetic);
    let (first, last) = (naming.first()?, naming.last()?);
    let mut between = all.iter().filter(|word| word.start > first.start && word.start < last.start);
    let close = between.all(|word| JOINING.contains(&word.text.as_str()) || naming.contains(&word));
    if naming.len() > 2 || !close || !naming.iter().all(|word| is_name(&word.text)) {
        return None;
    }
    let stems: Vec<String> = naming.iter().map(|word| stem(&word.text)).collect();
    Some(Subject { text: question[first.start..last.end].to_owned(), stems })
}

/// A section is opened at its passage; nothing in it is marked, since all of it is meant.
fn section_url(hit: &Hit) -> String {
    passage_url(&hit.document, hit.row.passage.id.as_str(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_subjects_name_is_too_wide() {
        let name = |question: &str| subject(question).map(|subject| subject.text);
        assert_eq!(name("läkemedel?").as_deref(), Some("läkemedel"));
        assert_eq!(name("Vad gäller vid fall").as_deref(), Some("fall"));
        assert_eq!(name("rutiner om hot och våld").as_deref(), Some("hot och våld"));
        assert_eq!(name("LVU").as_deref(), Some("LVU"));
        for question in [
            "Hur duschar man?",
            "Vem är MAS?",
            "uppsamlingsplats brand strandgården?",
            "LVU 6 §",
            "får jag röka",
            "?",
            "vad gäller",
            "ge insulin nu",
        ] {
            assert_eq!(name(question), None, "{question}");
        }
    }
}
