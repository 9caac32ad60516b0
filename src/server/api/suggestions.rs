//! `GET /api/v1/suggestions`: titles and headings for what has been typed so far.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::retrieve::LONGEST_QUESTION;
use crate::server::errors::AppError;
use crate::server::state::AppState;
use crate::server::suggestions::Suggestion;

/// Most suggestions; more do not fit above a phone's keyboard.
const MOST: usize = 5;

/// What has been typed.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Parameters {
    /// The beginning of a question or a word.
    #[serde(default)]
    q: String,
}

/// Suggest places to open.
#[utoipa::path(get, path = "/api/v1/suggestions", params(Parameters), responses(
    (status = 200, description = "At most five titles and headings", body = Vec<Suggestion>),
    (status = 503, description = "Overloaded; see Retry-After", body = crate::server::errors::ErrorBody)))]
pub(crate) async fn suggestions(
    State(state): State<AppState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Vec<Suggestion>>, AppError> {
    let typed = parameters.map(|Query(parameters)| parameters.q).unwrap_or_default();
    if typed.chars().count() > LONGEST_QUESTION {
        return Ok(Json(Vec::new()));
    }
    let place = state.search_place()?;
    let found = tokio::task::spawn_blocking(move || {
        let _place = place;
        let index = Arc::clone(state.assistant().retriever().index());
        let suggestions = state.suggestions(&index)?;
        Ok::<_, AppError>(suggestions.find(&typed, MOST).into_iter().cloned().collect())
    });
    Ok(Json(found.await??))
}
