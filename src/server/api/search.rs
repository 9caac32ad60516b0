//! `GET /api/v1/search`

use std::time::Instant;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::server::errors::AppError;
use crate::server::present;
use crate::server::search::{Query as SearchQuery, find};
use crate::server::state::AppState;
use crate::server::views::{DangerView, SearchHit};

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct SearchParameters {
    /// The query, at most 500 characters. `"an exact phrase"` must stand in a passage, `-word` must not.
    #[serde(default)]
    q: String,
    /// Most documents, at most 50.
    #[serde(default = "default_limit")]
    limit: usize,
    /// Whether versions that a newer one has superseded come too; they are left out otherwise.
    #[serde(default)]
    superseded: bool,
}

fn default_limit() -> usize {
    20
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchResponse {
    /// The query as it was understood.
    query: String,
    /// What comes before everything else, if the query tells of danger to life; else `null`.
    danger: Option<DangerView>,
    /// Milliseconds that the search took.
    took_ms: u64,
    /// Documents with their best passages, best first.
    hits: Vec<SearchHit>,
}

/// Search for passages.
#[utoipa::path(get, path = "/api/v1/search", params(SearchParameters), responses(
    (status = 200, description = "Documents with their best passages", body = SearchResponse),
    (status = 400, description = "Nothing to look for", body = crate::server::errors::ErrorBody),
    (status = 503, description = "Overloaded; see Retry-After", body = crate::server::errors::ErrorBody)))]
pub(crate) async fn search(
    State(state): State<AppState>,
    parameters: Result<Query<SearchParameters>, QueryRejection>,
) -> Result<Json<SearchResponse>, AppError> {
    let started = Instant::now();
    let Query(parameters) = parameters.map_err(|rejection| {
        tracing::debug!(%rejection, "bad search parameters");
        AppError::BadRequest(
            "Sökningen går inte att läsa: `q` är text, `limit` ett heltal från 1 till 50 och `superseded` antingen \
             `true` eller `false`."
                .to_owned(),
        )
    })?;
    let query = SearchQuery::parse(&parameters.q)?;
    let text = query.question().as_str().to_owned();
    let danger = state.danger(&parameters.q).as_ref().map(present::danger);
    let hits = find(&state, query, parameters.limit, parameters.superseded).await?;
    Ok(Json(SearchResponse { query: text, danger, took_ms: started.elapsed().as_millis() as u64, hits }))
}
