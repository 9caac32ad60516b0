//! How is the model asked, and how does its text become sentences that may be shown?
//!
//! The prompt's wording lies in files. Text comes in pieces; as soon as a sentence is whole it is checked. What fails
//! is left out; if nothing holds, the decisive words of the routine stand in its place.

use serde::Serialize;

use super::evidence::{Evidence, Quote};
use super::verify::{CheckedSentence, Fault, SentenceStatus, check};
use crate::inference::prompt_format::{Conversation, PromptFormat};
use crate::language::{content_stems, sentences};
use crate::retrieve::Question;

const SYSTEM: &str = include_str!("prompt/system.txt");
const EXAMPLES: &str = include_str!("prompt/examples.txt");
/// Sentences that an answer may have; routines' steps are quoted, not retold.
const MOST_SENTENCES: usize = 5;

/// What is said to the model.
pub fn conversation(question: &Question, evidence: &Evidence, format: PromptFormat) -> Conversation {
    let sources = evidence.quotes.iter().map(source_line).collect::<Vec<_>>().join("\n");
    let user = format!("Källor:\n{sources}\nFråga: {}", question.as_str());
    let mut examples = Vec::new();
    for example in EXAMPLES.trim().split("\n\n") {
        if let Some((asked, answer)) = example.rsplit_once("\nSvar: ") {
            examples.push((asked.to_owned(), answer.to_owned()));
        }
    }
    if !format.wants_examples() {
        // One example is enough to show the form; more only cost time.
        examples.truncate(1);
    }
    Conversation { system: SYSTEM.trim().to_owned(), examples, user }
}

fn source_line(quote: &Quote) -> String {
    let heading = quote.heading_path.last().map_or("", String::as_str);
    let separator = if heading.is_empty() { "" } else { ", " };
    format!("[{}] {}{separator}{heading}: {}", quote.number, quote.document.title, quote.source_text())
}

/// An answer's sentences as they become ready.
#[derive(Debug)]
pub struct Composer<'a> {
    evidence: &'a Evidence,
    pending: String,
    composed: Composed,
}

/// A composed answer: every sentence supported by a source, or the source's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Composed {
    /// The sentences in order.
    pub sentences: Vec<CheckedSentence>,
    /// What the model wrote that was not shown, and why.
    pub rejected: Vec<(String, Fault)>,
}

impl<'a> Composer<'a> {
    /// A composer that checks against `evidence`.
    pub(crate) fn new(evidence: &'a Evidence) -> Self {
        Self { evidence, pending: String::new(), composed: Composed::default() }
    }

    /// Adds text; returns the sentences that have become ready.
    pub(crate) fn push(&mut self, text: &str) -> Vec<CheckedSentence> {
        self.pending.push_str(text);
        let mut ready = Vec::new();
        loop {
            let ranges = sentences(&self.pending);
            // The last one may still grow, and a mark may follow its full stop.
            let Some(range) = ranges.first().filter(|_| ranges.len() > 1).cloned() else { break };
            let mut end = range.end;
            let next = self.pending[end..].trim_start();
            if next.starts_with('[') {
                let Some(close) = self.pending[end..].find(']') else { break };
                end += close + 1;
            }
            let sentence = self.pending[..end].trim().to_owned();
            self.pending.drain(..end);
            ready.extend(self.settle(&sentence));
        }
        ready
    }

    /// No more text comes. `complete` says whether the last sentence was written to its end.
    pub(crate) fn finish(&mut self, complete: bool) -> Vec<CheckedSentence> {
        let rest = std::mem::take(&mut self.pending);
        let mut ready = Vec::new();
        let ranges = sentences(rest.trim());
        let count = ranges.len();
        for (index, range) in ranges.into_iter().enumerate() {
            if index + 1 < count || complete {
                ready.extend(self.settle(&rest.trim()[range]));
            }
        }
        if self.composed.sentences.is_empty() {
            ready.extend(self.fall_back());
        }
        ready
    }

    /// The answer so far.
    pub(crate) fn into_composed(self) -> Composed {
        self.composed
    }

    /// Whether the answer is as long as it may be.
    pub(crate) fn is_full(&self) -> bool {
        self.composed.sentences.len() >= MOST_SENTENCES || self.composed.rejected.len() >= MOST_SENTENCES
    }

    fn settle(&mut self, draft: &str) -> Option<CheckedSentence> {
        if draft.trim().is_empty() || self.is_full() {
            return None;
        }
        match check(draft, self.evidence) {
            Ok(sentence) => self.show(sentence),
            Err(fault) => {
                tracing::debug!(draft, ?fault, "a composed sentence was not supported");
                self.composed.rejected.push((draft.to_owned(), fault));
                None
            }
        }
    }

    /// Adds a sentence unless it says again what has been said.
    fn show(&mut self, sentence: CheckedSentence) -> Option<CheckedSentence> {
        let stems = |text: &str| content_stems(text).into_iter().collect::<std::collections::BTreeSet<_>>();
        let new = stems(&sentence.text);
        let repeats = self.composed.sentences.iter().any(|shown| {
            let old = stems(&shown.text);
            new.is_subset(&old) || old.is_subset(&new) && sentence.status == SentenceStatus::Quoted
        });
        if repeats {
            return None;
        }
        self.composed.sentences.push(sentence.clone());
        Some(sentence)
    }

    /// When nothing that the model wrote could be shown: the decisive words of the best quote. Words picked by what a
    /// failed sentence seemed to be about were tried; they were as often beside the question as the sentence was.
    fn fall_back(&mut self) -> Option<CheckedSentence> {
        let quote = self.evidence.quotes.first()?;
        let (text, citations) = (quote.decisive.clone(), vec![quote.number]);
        self.show(CheckedSentence { text, citations, status: SentenceStatus::Quoted })
    }
}

impl Composed {
    /// The answer as running text with its marks.
    pub fn text(&self) -> String {
        let marked = |sentence: &CheckedSentence| {
            let marks = sentence.citations.iter().map(|number| format!("[{number}]")).collect::<Vec<_>>().concat();
            match sentence.text.strip_suffix(['.', '!', '?']) {
                Some(body) => format!("{body} {marks}{}", &sentence.text[body.len()..]),
                None => format!("{} {marks}", sentence.text),
            }
        };
        self.sentences.iter().map(marked).collect::<Vec<_>>().join(" ")
    }
}
