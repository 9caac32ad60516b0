//! `GET /utan-tackning`: fetched while there is coverage and shown when there is none.

use axum::extract::State;
use axum::response::Response;

use super::{frame, render};
use crate::server::state::AppState;
use crate::server::views::{OfflinePage, Section};

pub(crate) async fn page(State(state): State<AppState>) -> Response {
    render(&OfflinePage { frame: frame(&state, Section::Elsewhere) })
}
