//! `POST /aterkoppling`: what someone thought of an answer.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::{failure, frame, render};
use crate::server::errors::AppError;
use crate::server::feedback::{Feedback, Reason, Report, Verdict};
use crate::server::state::AppState;
use crate::server::views::{Section, ThanksPage, ask_url};

/// The form's fields. A box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Fields {
    fraga: String,
    visat: String,
    hjalpte: Helped,
    fel: Option<String>,
    gammalt: Option<String>,
    svart: Option<String>,
    kalla: Option<String>,
    #[serde(default)]
    kommentar: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Helped {
    Ja,
    Nej,
}

impl Fields {
    fn verdict(&self) -> Verdict {
        if self.hjalpte == Helped::Ja {
            return Verdict::Helped;
        }
        let ticked = [&self.fel, &self.gammalt, &self.svart, &self.kalla];
        let reasons = Reason::ALL.into_iter().zip(ticked).filter(|(_, ticked)| ticked.is_some());
        Verdict::DidNotHelp(reasons.map(|(reason, _)| reason).collect())
    }
}

pub(crate) async fn send(
    State(state): State<AppState>,
    headers: HeaderMap,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    // A form on another site must not be able to write here.
    let from = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let Ok(Form(fields)) = fields else {
        return failure(&state, &AppError::BadRequest("Återkopplingen gick inte att läsa.".to_owned()));
    };
    if from.is_some_and(|from| from != "same-origin") {
        return failure(&state, &AppError::BadRequest("Återkopplingen kom från en annan webbplats.".to_owned()));
    }
    match keep(&state, fields).await {
        Ok(back) => render(&ThanksPage { frame: frame(&state, Section::Ask), back }),
        Err(error) => failure(&state, &error),
    }
}

/// Keeps the report; returns the address of the question that it is about.
async fn keep(state: &AppState, fields: Fields) -> Result<String, AppError> {
    let back = ask_url(&fields.fraga);
    let report = Report {
        verdict: fields.verdict(),
        generation: state.assistant().retriever().index().generation().to_owned(),
        question: fields.fraga,
        shown: fields.visat,
        comment: fields.kommentar,
    };
    let feedback = Feedback::beside(&state.config().data);
    let kept = tokio::task::spawn_blocking(move || feedback.add(&report, jiff::Timestamp::now()));
    kept.await?.map_err(|error| {
        tracing::error!(%error, "a report of an answer cannot be kept; may the service write to the data folder?");
        AppError::Internal
    })?;
    Ok(back)
}
