//! What does the ask page show?
//!
//! The question, and the answer, the calm no or the failure under it.
//! Not here: the quotes themselves ([`super::quotes`]), or how a question is answered ([`crate::answer`]).

use askama::Template;
use serde::Serialize;

use super::danger::DangerView;
use super::documents::DocumentSummary;
use super::links::{ask_url, encode};
use super::overview::OverviewView;
use super::pages::Frame;
use super::quotes::QuoteView;
use super::text::{TextPart, phone_parts};

/// How many quotes are shown at once; the rest are folded under "Visa fler citat".
pub const OPEN_QUOTES: usize = 3;

/// How a sentence of the composed answer is backed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentenceStatus {
    /// Written by the model and found to be supported by its sources.
    #[default]
    Supported,
    /// The document's own words.
    Quoted,
}

impl SentenceStatus {
    /// The sentence's class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Quoted => "quoted",
        }
    }
}

/// One sentence of the composed answer, with its sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SentenceView {
    /// The sentence.
    pub text: String,
    /// Numbers of the quotes that it builds on.
    pub citations: Vec<u32>,
    /// How it is backed.
    pub status: SentenceStatus,
}

impl SentenceView {
    /// The sentence's text with its phone numbers apart.
    pub fn text_parts(&self) -> Vec<TextPart> {
        phone_parts(&self.text)
    }
}

/// A source chip: the number, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chip {
    /// The quote's number.
    pub number: u32,
    /// Address of the document opened at the quote.
    pub url: String,
    /// The document's title, for screen readers and as a hint.
    pub title: String,
}

/// Two quotes that say different things.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DisagreementView {
    /// Number of the quote that goes first.
    pub first: u32,
    /// Number of the other.
    pub second: u32,
    /// `unit`: the first is a unit's own; `newer`: it is newer; `open`: nothing tells them apart.
    pub precedence: String,
    /// What to make of it.
    pub explanation: String,
}

/// An answer: quotes, and the composed text where there is one.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AnswerView {
    /// The quotes, the decisive one first.
    pub quotes: Vec<QuoteView>,
    /// Where quotes of different routines say different things.
    pub disagreements: Vec<DisagreementView>,
    /// The sentences of the composed answer; `None` where none was composed.
    pub sentences: Option<Vec<SentenceView>>,
}

impl AnswerView {
    /// The quotes that are open from the start.
    pub fn open_quotes(&self) -> &[QuoteView] {
        &self.quotes[..self.quotes.len().min(OPEN_QUOTES)]
    }

    /// The quotes that are folded away.
    pub fn folded_quotes(&self) -> &[QuoteView] {
        &self.quotes[self.quotes.len().min(OPEN_QUOTES)..]
    }

    /// The chips of a sentence; a number without a quote is left out.
    pub fn chips(&self, sentence: &SentenceView) -> Vec<Chip> {
        sentence
            .citations
            .iter()
            .filter_map(|&number| {
                let quote = self.quotes.iter().find(|quote| quote.number == Some(number))?;
                Some(Chip { number, url: quote.url.clone(), title: quote.document.title.clone() })
            })
            .collect()
    }
}

/// A calm no: what the routines do not say, and where to go instead.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RefusalView {
    /// `silent`, `person`, `judgement` or `off_topic`.
    pub kind: String,
    /// The no, in one sentence.
    pub message: String,
    /// A little more; may be empty.
    pub detail: String,
    /// The question's words that were looked for.
    pub looked_for: Vec<String>,
    /// The owner or function to ask.
    pub contact: Option<String>,
    /// The passages that came nearest; their `number` is `None`.
    pub nearest: Vec<QuoteView>,
}

impl RefusalView {
    /// The words that were looked for, on one line.
    pub fn looked_for_text(&self) -> String {
        self.looked_for.join(", ")
    }

    /// What stands above the nearest routines; what they say of calling a nurse is the help where a judgement is wanted.
    pub fn nearest_heading(&self) -> &'static str {
        if self.kind == "judgement" { "Det här säger rutinerna" } else { "Närmast i rutinerna" }
    }

    /// Whom to ask, with phone numbers apart.
    pub fn contact_parts(&self) -> Vec<TextPart> {
        self.contact.as_deref().map(phone_parts).unwrap_or_default()
    }
}

impl AnswerView {
    /// The answer as plain text, for a report of it: what was shown, and where it stands.
    fn as_text(&self) -> String {
        let sentences = self.sentences.iter().flatten().map(|sentence| sentence.text.clone());
        let disagreements = self.disagreements.iter().map(|told| told.explanation.clone());
        sentences.chain(disagreements).chain(self.quotes.iter().map(quote_text)).collect::<Vec<_>>().join("\n\n")
    }
}

fn quote_text(quote: &QuoteView) -> String {
    let title = &quote.document.title;
    format!("”{}”\n{title}, {}\n{}", quote.text, quote.place(), quote.url)
}

/// A routine that stands near at hand.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AtHandView {
    /// What the button says.
    pub label: String,
    /// The document.
    pub document: DocumentSummary,
}

/// What the ask page shows under its field.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum AskState {
    /// Nothing is asked: examples.
    #[default]
    Start,
    /// A question is asked and the page's script fetches the answer itself (the browser sent the cookie `js=1`).
    Deferred,
    /// An answer.
    Answered(AnswerView),
    /// Sections to choose from.
    Overview(OverviewView),
    /// A calm no.
    Refused(RefusalView),
    /// The question could not be answered now.
    Failed {
        /// What happened and what to do, in Swedish.
        message: String,
        /// Seconds to wait before the next try.
        retry_after: Option<u32>,
    },
}

/// `GET /`: one field, and the answer under it.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "ask.html", config = "src/server/web/askama.toml")]
pub struct AskPage {
    /// What every page needs.
    pub frame: Frame,
    /// Routines that a site keeps near at hand.
    pub at_hand: Vec<AtHandView>,
    /// Example questions for the first visit.
    pub examples: Vec<String>,
    /// The question as asked; empty at the start.
    pub question: String,
    /// What comes before the answer, if the question tells of danger to life.
    pub danger: Option<DangerView>,
    /// Longest question that the service takes, in characters.
    pub max_length: usize,
    /// Whether a model composes answers; `false` shows that they are turned off.
    pub composing: bool,
    /// What is shown under the field.
    pub state: AskState,
}

impl AskPage {
    /// Address of the ask page with a question in it.
    pub fn ask_url(&self, question: &str) -> String {
        ask_url(question)
    }

    /// Address of the search page with the question as its query.
    pub fn search_url(&self) -> String {
        format!("/sok?q={}", encode(&self.question))
    }

    /// The answer as text, for a report of it.
    pub fn shown_text(&self) -> String {
        match &self.state {
            AskState::Answered(answer) => answer.as_text(),
            AskState::Refused(refusal) => {
                let nearest = refusal.nearest.iter().map(quote_text);
                std::iter::once(refusal.message.clone()).chain(nearest).collect::<Vec<_>>().join("\n\n")
            }
            AskState::Overview(overview) => overview.as_text(),
            _ => String::new(),
        }
    }

    /// Whether the server has written an answer, sections to choose from or a no, which can be reported on.
    pub fn has_answer(&self) -> bool {
        matches!(self.state, AskState::Answered(_) | AskState::Overview(_) | AskState::Refused(_))
    }

    /// Word for the script: has the server already written the answer?
    pub fn rendered(&self) -> &'static str {
        match self.state {
            AskState::Start => "start",
            AskState::Deferred => "deferred",
            AskState::Answered(_) => "answered",
            AskState::Overview(_) => "overview",
            AskState::Refused(_) => "refused",
            AskState::Failed { .. } => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_people_write() {
        let page = AskPage { question: "<script>alert(1)</script>".to_owned(), ..AskPage::default() };
        let html = page.render().unwrap_or_default();
        assert!(html.contains("&#60;script&#62;") && !html.contains("<script>alert"));
    }
}
