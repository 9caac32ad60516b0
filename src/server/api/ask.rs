//! `POST /api/v1/ask`: a question in, quotes and a checked answer out, whole or as it is made.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::UnboundedReceiverStream;
use utoipa::ToSchema;

use crate::answer::{Answer, AskOptions, Event, Outcome, Timings};
use crate::index::{Index, IndexError};
use crate::retrieve::{Question, RetrieveError};
use crate::server::errors::AppError;
use crate::server::present::{self, Presenter};
use crate::server::state::AppState;
use crate::server::views::{DangerView, DisagreementView, OverviewView, QuoteView, RefusalView, SentenceView};

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AskRequest {
    /// The question, at most 500 characters.
    question: String,
    /// Only quotes, no composed answer.
    #[serde(default)]
    quotes_only: bool,
}

/// The event `quotes`: what is known before the model starts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotesEvent {
    /// The question as it was understood.
    question: String,
    /// `answered`, `overview` or `refused`.
    outcome: &'static str,
    /// Whether `token` events will follow.
    composing: bool,
    /// Name of the model that composes; `null` if composed answers are off.
    generator: Option<String>,
    /// Exact quotes, the decisive one first.
    quotes: Vec<QuoteView>,
    /// Where quotes of different routines say different things, and which goes first.
    disagreements: Vec<DisagreementView>,
    /// Sections to choose from, where the question only names a subject.
    overview: Option<OverviewView>,
    /// An honest no.
    refusal: Option<RefusalView>,
}

/// The event `citations`: the whole composed answer; replaces what was streamed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComposedAnswer {
    /// The answer with its marks.
    text: String,
    /// Its sentences.
    sentences: Vec<SentenceView>,
}

/// The event `done`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoneEvent {
    /// `answered`, `quotes_only`, `overview` or `refused`.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// Why there is no composed answer though one was wanted, in Swedish.
    notice: Option<String>,
    /// Milliseconds and speeds.
    #[schema(value_type = Object)]
    timings: Timings,
}

/// The whole answer as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskResponse {
    /// The question as it was understood.
    question: String,
    /// `answered`, `quotes_only`, `overview` or `refused`.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// What comes before everything else, if the question tells of danger to life; else `null`.
    danger: Option<DangerView>,
    /// Probability from 0 to 1 that the quotes answer.
    confidence: f32,
    /// Exact quotes, the decisive one first.
    quotes: Vec<QuoteView>,
    /// Where quotes of different routines say different things, and which goes first.
    disagreements: Vec<DisagreementView>,
    /// Sections to choose from, where the question only names a subject.
    overview: Option<OverviewView>,
    /// An honest no.
    refusal: Option<RefusalView>,
    /// The composed answer.
    answer: Option<ComposedAnswer>,
    /// Why there is no composed answer though one was wanted, in Swedish.
    notice: Option<String>,
    /// Milliseconds and speeds.
    #[schema(value_type = Object)]
    timings: Timings,
}

/// Ask a question.
#[utoipa::path(post, path = "/api/v1/ask", request_body = AskRequest, responses(
    (status = 200, description = "The answer; with `Accept: text/event-stream` as the events `danger` (only \
        if the question tells of danger to life, before anything else), `quotes`, `token` \
        (a checked sentence), `citations`, `done` and `error`", body = AskResponse),
    (status = 400, description = "Not a question", body = crate::server::errors::ErrorBody),
    (status = 503, description = "Overloaded; see Retry-After", body = crate::server::errors::ErrorBody)))]
pub(crate) async fn ask(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Json<AskRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let Json(request) = body.map_err(|rejection| {
        tracing::debug!(%rejection, "a request that is no question");
        AppError::BadRequest("Skicka frågan som JSON: {\"question\": \"…\"}.".to_owned())
    })?;
    let question = Question::parse(&request.question)?;
    let options = AskOptions { quotes_only: request.quotes_only, today: present::today() };
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/event-stream") {
        stream(&state, question, options)
    } else {
        let (answer, index) = answer(&state, question, options).await?;
        Ok(Json(response(answer, &index)?).into_response())
    }
}

/// Answers a question in a thread of its own, since search and model block; returns the index that it was answered from
/// too. Whoever leaves drops the future, and with it the work.
pub(crate) async fn answer(
    state: &AppState,
    question: Question,
    options: AskOptions,
) -> Result<(Answer, Arc<Index>), AppError> {
    let place = state.question_place()?;
    let assistant = state.assistant();
    let index = Arc::clone(assistant.retriever().index());
    let (asked, waiting) = tokio::sync::oneshot::channel::<()>();
    let answered = tokio::task::spawn_blocking(move || {
        let _place = place;
        assistant.ask(question, options, |_| {
            if asked.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    });
    let answer = answered.await;
    drop(waiting);
    Ok((answer??, index))
}

fn response(answer: Answer, index: &Index) -> Result<AskResponse, IndexError> {
    let presenter = Presenter::today(index);
    Ok(AskResponse {
        outcome: answer.outcome,
        confidence: answer.confidence.0,
        danger: answer.danger.as_ref().map(present::danger),
        quotes: presenter.quotes(&answer)?,
        disagreements: present::disagreements(&answer),
        overview: answer.overview.as_ref().map(|overview| presenter.overview(overview)),
        refusal: answer.refusal.as_ref().map(|refusal| presenter.refusal(refusal)),
        answer: composed(&answer),
        timings: answer.timings,
        question: answer.question,
        notice: answer.notice,
    })
}

fn composed(answer: &Answer) -> Option<ComposedAnswer> {
    let sentences = present::sentences(answer)?;
    Some(ComposedAnswer { text: answer.composed.as_ref()?.text(), sentences })
}

/// Sends events as they become ready; a client that leaves stops the model.
fn stream(state: &AppState, question: Question, options: AskOptions) -> Result<Response, AppError> {
    let (sender, receiver) = unbounded_channel::<SseEvent>();
    // Who tells of danger is told whom to call before anything that can fail or has to wait.
    let danger = state.danger(question.as_str());
    if let Some(danger) = &danger {
        send(&sender, "danger", &present::danger(danger));
    }
    let place = match state.question_place() {
        Ok(place) => place,
        Err(error) if danger.is_none() => return Err(error),
        Err(error) => {
            send(&sender, "error", &error_event(&error));
            return Ok(events_of(receiver));
        }
    };
    let assistant = state.assistant();
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let generator = assistant.generator().map(|generator| generator.name().to_owned());
        let index = assistant.retriever().index();
        let mut unshown = None;
        let answered = assistant.ask(question, options, |event| {
            let sent = match event {
                Event::Quotes { answer, composing } => {
                    match quotes_event(answer, composing, generator.as_deref(), index) {
                        Ok(quotes) => send(&sender, "quotes", &quotes),
                        Err(error) => {
                            unshown = Some(error);
                            false
                        }
                    }
                }
                // Sent already.
                Event::Danger(_) | Event::Writing => !sender.is_closed(),
                Event::Sentence(sentence) => send(&sender, "token", &present::sentence(sentence)),
            };
            if sent { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        match unshown.map_or(answered, |error| Err(RetrieveError::from(error).into())) {
            Ok(answer) => {
                if let Some(composed) = composed(&answer) {
                    send(&sender, "citations", &composed);
                }
                let done = DoneEvent { outcome: answer.outcome, notice: answer.notice, timings: answer.timings };
                send(&sender, "done", &done);
            }
            Err(crate::answer::AnswerError::Cancelled) => tracing::debug!("the client left"),
            Err(error) => {
                send(&sender, "error", &error_event(&AppError::from(error)));
            }
        }
    });
    Ok(events_of(receiver))
}

fn events_of(receiver: UnboundedReceiver<SseEvent>) -> Response {
    let events = UnboundedReceiverStream::new(receiver).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

fn error_event(error: &AppError) -> serde_json::Value {
    serde_json::json!({ "message": error.message(), "retry_after": error.retry_after() })
}

fn quotes_event(
    answer: &Answer,
    composing: bool,
    generator: Option<&str>,
    index: &Index,
) -> Result<QuotesEvent, IndexError> {
    let presenter = Presenter::today(index);
    Ok(QuotesEvent {
        question: answer.question.clone(),
        outcome: match answer.outcome {
            Outcome::Refused => "refused",
            Outcome::Overview => "overview",
            Outcome::Answered | Outcome::QuotesOnly => "answered",
        },
        composing,
        generator: generator.map(str::to_owned),
        quotes: presenter.quotes(answer)?,
        disagreements: present::disagreements(answer),
        overview: answer.overview.as_ref().map(|overview| presenter.overview(overview)),
        refusal: answer.refusal.as_ref().map(|refusal| presenter.refusal(refusal)),
    })
}

/// Whether there is still someone to send to.
fn send(sender: &UnboundedSender<SseEvent>, name: &str, data: &impl Serialize) -> bool {
    match SseEvent::default().event(name).json_data(data) {
        Ok(event) => sender.send(event).is_ok(),
        Err(error) => {
            tracing::error!(%error, name, "an event cannot be written");
            false
        }
    }
}
