//! How is the search desk's query answered?
//!
//! The query's marks (phrases, words that must not be there) are taken apart, passages are ranked by what is left, and
//! those that do not keep to the marks fall out. Not here: ranking itself ([`crate::retrieve`]), or how hits look.

mod filters;
mod query;

use std::collections::HashSet;

pub(super) use filters::{Desk, Filters};
pub(super) use query::Query;

use super::errors::AppError;
use super::present::{self, Presenter};
use super::state::AppState;
use super::views::SearchHit;
use crate::ingest::Standing;
use crate::retrieve::{Hit, Ranked, RetrieveError, Retriever, SearchOptions};

/// Most documents that one search returns.
pub(super) const MOST: usize = 50;
/// Passages that are ranked per document that is wanted, since hits are grouped.
const PASSAGES_PER_DOCUMENT: usize = 3;

/// Searches in a thread of its own, since the embedding model blocks. Documents that are no longer or not yet in force
/// come too, with their mark; versions that a newer one has superseded only if they are asked for.
pub(super) async fn find(
    state: &AppState,
    query: Query,
    limit: usize,
    superseded: bool,
) -> Result<Vec<SearchHit>, AppError> {
    let place = state.search_place()?;
    let assistant = state.assistant();
    let limit = limit.clamp(1, MOST);
    let found = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut ranked = rank(assistant.retriever(), &query, limit, superseded)?;
        ranked.hits.retain(|hit| query.is_exact() || assistant.retriever().is_related(hit));
        let presenter = Presenter::today(assistant.retriever().index());
        Ok::<_, RetrieveError>(presenter.search_hits(&ranked, query.phrases(), limit)?)
    });
    Ok(found.await??)
}

/// The best passages. Where some fall out, further ones fill their places, so that as many documents come as otherwise.
fn rank(retriever: &Retriever, query: &Query, limit: usize, superseded: bool) -> Result<Ranked, RetrieveError> {
    let analysed = retriever.analyse(query.question().clone())?;
    let legs = retriever.legs(&analysed)?;
    let wanted = limit * PASSAGES_PER_DOCUMENT;
    let mut asked = wanted;
    let mut needed = None;
    loop {
        let options = SearchOptions { limit: asked, all_standings: true, today: present::today(), rerank: false };
        let mut ranked = retriever.rank_legs(analysed.clone(), &legs, options)?;
        let found = ranked.hits.len();
        let needed = *needed.get_or_insert(documents(&ranked.hits).min(limit));
        ranked.hits.retain(|hit| (superseded || hit.standing != Standing::Superseded) && query.allows(hit));
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
