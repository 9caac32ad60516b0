//! `GET /sok`

use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{failure, frame, render};
use crate::server::errors::{AppError, with_retry_after};
use crate::server::present;
use crate::server::search::{Desk, Filters, MOST, Query as SearchQuery, find};
use crate::server::state::AppState;
use crate::server::views::{SearchPage, Section};

/// Documents that are shown until all are asked for: more take longer to come than to be read.
const SHOWN: usize = 15;

#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    q: String,
    /// `alla` shows all documents that were found.
    #[serde(default)]
    visa: String,
    #[serde(flatten)]
    filters: Filters,
}

pub(crate) async fn page(
    State(state): State<AppState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let started = Instant::now();
    let Ok(Query(parameters)) = parameters else {
        return failure(&state, &AppError::BadRequest("Sökningens adress går inte att läsa.".to_owned()));
    };
    let mut page = SearchPage {
        frame: frame(&state, Section::Search),
        danger: state.danger(&parameters.q).as_ref().map(present::danger),
        ..SearchPage::default()
    };
    let mut trouble = None;
    if !parameters.q.trim().is_empty() {
        match desk(&state, &parameters).await {
            Ok(Desk { mut hits, facets, narrowed }) => {
                page.total = hits.len();
                if parameters.visa != "alla" {
                    hits.truncate(SHOWN);
                }
                (page.hits, page.facets, page.narrowed) = (hits, facets, narrowed);
            }
            Err(error) => {
                page.error = Some(error.message());
                // A search that cannot be read is told on a page that is whole.
                trouble = Some(error).filter(|error| !matches!(error, AppError::BadRequest(_)));
            }
        }
    }
    page.query = parameters.q;
    page.took_ms = started.elapsed().as_millis() as u64;
    let mut response = render(&page);
    if let Some(error) = trouble {
        *response.status_mut() = error.status();
        response = with_retry_after(response, &error);
    }
    response
}

async fn desk(state: &AppState, parameters: &Parameters) -> Result<Desk, AppError> {
    let query = SearchQuery::parse(&parameters.q)?;
    Ok(parameters.filters.apply(find(state, query, MOST, false).await?))
}
