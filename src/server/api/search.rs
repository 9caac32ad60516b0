//! `GET /api/v1/search`

use std::collections::HashSet;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::ingest::Standing;
use crate::retrieve::{Hit, Question, Ranked, RetrieveError, Retriever, SearchOptions};
use crate::server::errors::AppError;
use crate::server::present::{self, Presenter};
use crate::server::state::AppState;
use crate::server::views::{DangerView, SearchHit};

/// Most documents that one search returns.
const MOST: usize = 50;
/// Passages that are ranked per document that is wanted, since hits are grouped.
const PASSAGES_PER_DOCUMENT: usize = 3;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct SearchParameters {
    /// The query, at most 500 characters.
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
    let query = Question::parse(&parameters.q)?;
    let text = query.as_str().to_owned();
    let danger = state.danger(&text).as_ref().map(present::danger);
    let hits = find(&state, query, parameters.limit, parameters.superseded).await?;
    Ok(Json(SearchResponse { query: text, danger, took_ms: started.elapsed().as_millis() as u64, hits }))
}

/// Searches in a thread of its own, since the embedding model blocks. Documents that are no longer or not yet in force
/// come too, with their mark; versions that a newer one has superseded only if they are asked for.
pub(crate) async fn find(
    state: &AppState,
    query: Question,
    limit: usize,
    superseded: bool,
) -> Result<Vec<SearchHit>, AppError> {
    let place = state.search_place()?;
    let assistant = state.assistant();
    let limit = limit.clamp(1, MOST);
    let found = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut ranked = rank(assistant.retriever(), query, limit, superseded)?;
        ranked.hits.retain(|hit| assistant.retriever().is_related(hit));
        let hits = Presenter::today(assistant.retriever().index()).search_hits(&ranked, limit)?;
        Ok::<_, RetrieveError>(hits)
    });
    Ok(found.await??)
}

/// The best passages. Where superseded versions are left out, further ones fill their places, so that as many documents
/// come as otherwise.
fn rank(retriever: &Retriever, query: Question, limit: usize, superseded: bool) -> Result<Ranked, RetrieveError> {
    let analysed = retriever.analyse(query)?;
    let legs = retriever.legs(&analysed)?;
    let wanted = limit * PASSAGES_PER_DOCUMENT;
    let mut asked = wanted;
    let mut needed = None;
    loop {
        let options = SearchOptions { limit: asked, all_standings: true, today: present::today(), rerank: false };
        let mut ranked = retriever.rank_legs(analysed.clone(), &legs, options)?;
        let found = ranked.hits.len();
        let needed = *needed.get_or_insert(documents(&ranked.hits).min(limit));
        ranked.hits.retain(|hit| superseded || hit.standing != Standing::Superseded);
        let is_full = ranked.hits.len() >= wanted && documents(&ranked.hits) >= needed;
        if is_full || found < asked {
            return Ok(ranked);
        }
        asked *= 2;
    }
}

fn documents(hits: &[Hit]) -> usize {
    hits.iter().map(|hit| hit.row.document).collect::<HashSet<_>>().len()
}
