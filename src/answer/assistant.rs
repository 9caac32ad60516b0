//! The way of a question, from its text to a checked answer.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::compose::{Composed, Composer, conversation};
use super::danger::Danger;
use super::disagreement::Disagreement;
use super::evidence::{Evidence, gather};
use super::kinds::refusal_kind;
use super::overview::Overview;
use super::refusal::{Refusal, RefusalKind};
use super::site::SiteLists;
use super::verify::CheckedSentence;
use crate::index::Index;
use crate::inference::worker::{GenerationEvent, GeneratorHandle};
use crate::inference::{GenerationRequest, InferenceError};
use crate::retrieve::{Confidence, Question, Ranked, RetrieveError, Retriever, SearchOptions};

/// Tokens that a composed answer may have.
const MAX_TOKENS: usize = 140;
/// Passages that are looked at.
const PASSAGES: usize = 20;

/// How a question is to be answered.
#[derive(Debug, Clone, Copy)]
pub struct AskOptions {
    /// Only quotes, no composed answer.
    pub quotes_only: bool,
    /// The day on which validity is judged.
    pub today: Date,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Quotes and a composed answer.
    Answered,
    /// Quotes alone: the model is off, was not asked for, or could not be had.
    QuotesOnly,
    /// The question names no more than a subject: sections to choose from.
    Overview,
    /// The routines do not answer, or must not.
    Refused,
}

/// How long the stations took, from the question's arrival.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Until the quotes were ready, milliseconds.
    pub quotes_ms: u64,
    /// Until the model wrote its first token, milliseconds.
    pub first_token_ms: Option<u64>,
    /// Until the first checked sentence was ready, milliseconds.
    pub first_sentence_ms: Option<u64>,
    /// Until the answer was complete, milliseconds.
    pub total_ms: u64,
    /// Prompt tokens that the model read per second.
    pub prefill_tokens_per_second: Option<f64>,
    /// Tokens that it wrote per second.
    pub decode_tokens_per_second: Option<f64>,
}

/// A finished answer.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The question as it was understood.
    pub question: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What comes before everything else, if the question tells of danger to life.
    pub danger: Option<Danger>,
    /// Probability that the quotes answer.
    pub confidence: Confidence,
    /// The quotes; empty for a refusal and for an overview.
    pub evidence: Evidence,
    /// Where quotes of different routines say different things.
    pub disagreements: Vec<Disagreement>,
    /// The sections to choose from, if the question names no more than a subject.
    pub overview: Option<Overview>,
    /// The refusal, if it is one.
    pub refusal: Option<Refusal>,
    /// The composed answer.
    pub composed: Option<Composed>,
    /// Why there is no composed answer though one was wanted; for people, in Swedish.
    pub notice: Option<String>,
    /// Timings.
    pub timings: Timings,
}

/// What is told while an answer is made.
#[derive(Debug)]
pub enum Event<'a> {
    /// The question tells of danger to life; told before anything else is done.
    Danger(&'a Danger),
    /// Quotes or a refusal are ready; nothing of the model's is waited for.
    Quotes {
        /// The answer so far.
        answer: &'a Answer,
        /// Whether a composed answer will follow.
        composing: bool,
    },
    /// The model is at work; nothing to show, but a chance to break off.
    Writing,
    /// A checked sentence is ready.
    Sentence(&'a CheckedSentence),
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The search failed.
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    /// The one who asked has left.
    #[error("the one who asked has left")]
    Cancelled,
}

/// Answers questions over one generation of an index.
#[derive(Debug, Clone)]
pub struct Assistant {
    retriever: Retriever,
    generator: Option<GeneratorHandle>,
    lists: Arc<SiteLists>,
}

impl Assistant {
    /// An assistant with the built-in lists; without a generator it answers with quotes.
    pub fn new(retriever: Retriever, generator: Option<GeneratorHandle>) -> Self {
        Self { retriever, generator, lists: Arc::default() }
    }

    /// The same assistant with a site's lists.
    #[must_use]
    pub fn with_lists(self, lists: Arc<SiteLists>) -> Self {
        Self { lists, ..self }
    }

    /// The same assistant over another generation of the index.
    #[must_use]
    pub fn over(&self, index: Arc<Index>) -> Self {
        Self { retriever: self.retriever.over(index), ..self.clone() }
    }

    /// What comes before everything else if a text tells of danger to life; needs neither index nor models.
    pub fn danger(&self, text: &str) -> Option<Danger> {
        self.lists.dangers.look(text)
    }

    /// Its retriever.
    pub fn retriever(&self) -> &Retriever {
        &self.retriever
    }

    /// Its generator, if there is one.
    pub fn generator(&self) -> Option<&GeneratorHandle> {
        self.generator.as_ref()
    }

    /// Answers a question. `on_event` hears of danger, quotes and sentences as they become ready and may break off. Must
    /// not be called from an async task.
    pub fn ask(
        &self,
        question: Question,
        options: AskOptions,
        mut on_event: impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Result<Answer, AnswerError> {
        let started = Instant::now();
        if let Some(danger) = self.danger(question.as_str())
            && on_event(Event::Danger(&danger)).is_break()
        {
            return Err(AnswerError::Cancelled);
        }
        let ranked = self.rank(question, options)?;
        self.answer(&ranked, started, options, &mut on_event)
    }

    /// Finds the passages for a question.
    pub fn rank(&self, question: Question, options: AskOptions) -> Result<Ranked, AnswerError> {
        let search = SearchOptions { limit: PASSAGES, all_standings: false, today: options.today, rerank: true };
        Ok(self.retriever.search(question, search)?)
    }

    /// Answers from ranked passages; `started` is when the question arrived.
    pub fn answer(
        &self,
        ranked: &Ranked,
        started: Instant,
        options: AskOptions,
        on_event: &mut impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Result<Answer, AnswerError> {
        let mut answer = self.quotes(ranked, started);
        let generator = self.generator.as_ref().filter(|_| answer.outcome == Outcome::Answered && !options.quotes_only);
        if answer.outcome == Outcome::Answered && generator.is_none() {
            answer.outcome = Outcome::QuotesOnly;
        }
        let composing = generator.is_some();
        if on_event(Event::Quotes { answer: &answer, composing }).is_break() {
            return Err(AnswerError::Cancelled);
        }
        if let Some(generator) = generator {
            Self::compose(generator, &ranked.analysed.question, &mut answer, started, on_event)?;
        }
        answer.timings.total_ms = millis(started.elapsed());
        Ok(answer)
    }

    /// The answer as far as it needs no model: quotes, an overview, or a refusal.
    fn quotes(&self, ranked: &Ranked, started: Instant) -> Answer {
        let question = ranked.analysed.question.as_str();
        let mut answer = Answer {
            question: question.to_owned(),
            outcome: Outcome::Refused,
            danger: self.danger(question),
            confidence: ranked.confidence,
            evidence: Evidence { quotes: Vec::new() },
            disagreements: Vec::new(),
            overview: None,
            refusal: None,
            composed: None,
            notice: None,
            timings: Timings::default(),
        };
        let kind = refusal_kind(question);
        if kind.is_none() {
            answer.overview = Overview::of(ranked);
            if answer.overview.is_none() && !ranked.refused {
                answer.evidence = gather(ranked, self.retriever.fitted().evidence);
                answer.disagreements = Disagreement::all_in(&answer.evidence);
            }
        }
        if answer.overview.is_some() {
            answer.outcome = Outcome::Overview;
        } else if answer.evidence.quotes.is_empty() {
            let kind = kind.unwrap_or(RefusalKind::Silent);
            answer.refusal = Some(Refusal::of(kind, ranked, &self.lists.contacts));
        } else {
            answer.outcome = Outcome::Answered;
        }
        answer.timings.quotes_ms = millis(started.elapsed());
        answer
    }

    /// Lets the model write around the quotes, sentence by checked sentence.
    fn compose(
        generator: &GeneratorHandle,
        question: &Question,
        answer: &mut Answer,
        started: Instant,
        on_event: &mut impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Result<(), AnswerError> {
        let format = generator.format();
        let request = GenerationRequest {
            prompt: format.lay_out(&conversation(question, &answer.evidence, format)),
            max_tokens: MAX_TOKENS,
            stops: format.stops().iter().map(|stop| (*stop).to_owned()).collect(),
        };
        let mut events = match generator.generate(request) {
            Ok(events) => events,
            Err(error) => {
                without_model(answer, &error);
                return Ok(());
            }
        };
        let mut composer = Composer::new(&answer.evidence);
        let mut timings = answer.timings;
        // What holds if the model's thread ends without a word.
        let mut failure = Some(InferenceError::Stopped);
        let mut complete = true;
        let mut tell = |ready: Vec<CheckedSentence>, timings: &mut Timings| -> Result<(), AnswerError> {
            if on_event(Event::Writing).is_break() {
                return Err(AnswerError::Cancelled);
            }
            for sentence in &ready {
                timings.first_sentence_ms.get_or_insert(millis(started.elapsed()));
                if on_event(Event::Sentence(sentence)).is_break() {
                    return Err(AnswerError::Cancelled);
                }
            }
            Ok(())
        };
        while let Some(event) = events.blocking_recv() {
            match event {
                // Who has left while the question waited, or while its prompt is read, must not cost anything more.
                GenerationEvent::Started | GenerationEvent::Working => tell(Vec::new(), &mut timings)?,
                GenerationEvent::Text(text) => {
                    timings.first_token_ms.get_or_insert(millis(started.elapsed()));
                    tell(composer.push(&text), &mut timings)?;
                    if composer.is_full() {
                        failure = None;
                        break;
                    }
                }
                GenerationEvent::Done(generation) => {
                    failure = None;
                    timings.prefill_tokens_per_second = Some(generation.prefill_speed());
                    timings.decode_tokens_per_second = Some(generation.decode_speed());
                    complete = generation.stop == crate::inference::StopReason::End;
                    break;
                }
                GenerationEvent::Failed(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        drop(events);
        if let Some(error) = failure {
            answer.timings = timings;
            without_model(answer, &error);
        } else {
            tell(composer.finish(complete), &mut timings)?;
            answer.timings = timings;
            answer.composed = Some(composer.into_composed());
        }
        Ok(())
    }
}

/// The quotes stand without the model; the reason is logged and told.
fn without_model(answer: &mut Answer, error: &InferenceError) {
    tracing::warn!(%error, "no composed answer");
    answer.outcome = Outcome::QuotesOnly;
    answer.notice = Some(match error {
        InferenceError::Overloaded => {
            "Många frågar just nu. Du ser citaten ur rutinerna; fråga igen om en stund för en sammanfattning."
                .to_owned()
        }
        _ => "Det gick inte att skriva en sammanfattning. Du ser citaten ur rutinerna.".to_owned(),
    });
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
