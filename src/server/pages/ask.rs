//! `GET /`: the question field, and with `?q=` the answer.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use super::{frame, render};
use crate::answer::{Answer, AskOptions};
use crate::index::IndexError;
use crate::retrieve::Question;
use crate::server::api::ask::answer;
use crate::server::at_hand::AtHand;
use crate::server::errors::AppError;
use crate::server::present::{self, Presenter};
use crate::server::state::AppState;
use crate::server::views::{AskPage, AskState, AtHandView, Section};

const EXAMPLES: [&str; 4] = [
    "Brukaren vägrar ta sin medicin, vad gör jag?",
    "Vad gör jag om någon har ramlat?",
    "Kunden öppnar inte dörren",
    "Hur länge ska jag vara hemma efter magsjuka?",
];

#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    q: String,
}

pub(crate) async fn page(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Response {
    let composing = state.assistant().generator().is_some();
    let page_state = if parameters.q.trim().is_empty() {
        AskState::Start
    } else if scripts_run(&headers) {
        AskState::Deferred
    } else {
        answered(&state, &parameters.q).await
    };
    let wait = match &page_state {
        AskState::Failed { retry_after, .. } => *retry_after,
        _ => None,
    };
    let mut response = render(&AskPage {
        frame: frame(&state, Section::Ask),
        at_hand: at_hand(&state),
        examples: EXAMPLES.map(str::to_owned).to_vec(),
        danger: state.danger(&parameters.q).as_ref().map(present::danger),
        question: parameters.q,
        max_length: 500,
        composing,
        state: page_state,
    });
    if let Some(seconds) = wait.filter(|_| response.status().is_success()) {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The site's list, each routine in the version that counts today.
fn at_hand(state: &AppState) -> Vec<AtHandView> {
    let assistant = state.assistant();
    let index = assistant.retriever().index();
    let presenter = Presenter::today(index);
    let view = |entry: &AtHand| {
        let head = index.document(&entry.id)?;
        let newer = head.versions.superseded(present::today()).and_then(|newer| index.document_by_number(newer.by));
        let document = presenter.summary(newer.unwrap_or(head));
        Some(AtHandView { label: entry.label.clone().unwrap_or_else(|| document.title.clone()), document })
    };
    state.config().at_hand.iter().filter_map(view).collect()
}

/// The page's script leaves a cookie, so that the server need not wait for the model on its behalf.
fn scripts_run(headers: &HeaderMap) -> bool {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    cookies.split(';').any(|cookie| cookie.trim() == "js=1")
}

async fn answered(state: &AppState, text: &str) -> AskState {
    let question = match Question::parse(text) {
        Ok(question) => question,
        Err(error) => return AskState::Failed { message: error.to_string(), retry_after: None },
    };
    let options = AskOptions { quotes_only: false, today: present::today() };
    match answer(state, question, options).await {
        Ok((answer, index)) => shown(&answer, Presenter::today(&index)).unwrap_or_else(|error| failed(&error.into())),
        Err(error) => failed(&error),
    }
}

fn shown(answer: &Answer, presenter: Presenter<'_>) -> Result<AskState, IndexError> {
    Ok(match (&answer.refusal, &answer.overview) {
        (Some(refusal), _) => AskState::Refused(presenter.refusal(refusal)),
        (None, Some(overview)) => AskState::Overview(presenter.overview(overview)),
        (None, None) => AskState::Answered(presenter.answer(answer)?),
    })
}

fn failed(error: &AppError) -> AskState {
    AskState::Failed { message: error.message(), retry_after: error.retry_after() }
}
