//! `GET /sok`

use std::time::Instant;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{frame, render};
use crate::retrieve::Question;
use crate::server::api::search::find;
use crate::server::errors::with_retry_after;
use crate::server::present;
use crate::server::state::AppState;
use crate::server::views::{SearchPage, Section};

const DOCUMENTS: usize = 20;

#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    q: String,
}

pub(crate) async fn page(State(state): State<AppState>, Query(parameters): Query<Parameters>) -> Response {
    let started = Instant::now();
    let mut page = SearchPage {
        frame: frame(&state, Section::Search),
        query: parameters.q.clone(),
        danger: state.danger(&parameters.q).as_ref().map(present::danger),
        took_ms: 0,
        hits: Vec::new(),
        error: None,
    };
    let mut failure = None;
    if !parameters.q.trim().is_empty() {
        match Question::parse(&parameters.q) {
            Ok(query) => match find(&state, query, DOCUMENTS, false).await {
                Ok(hits) => page.hits = hits,
                Err(error) => {
                    page.error = Some(error.message());
                    failure = Some(error);
                }
            },
            Err(error) => page.error = Some(error.to_string()),
        }
    }
    page.took_ms = started.elapsed().as_millis() as u64;
    let mut response = render(&page);
    if let Some(error) = failure {
        *response.status_mut() = error.status();
        response = with_retry_after(response, &error);
    }
    response
}
