//! `GET /dokument/{id}/jamfor/{older}`: what differs between a document and an older version of it.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{failure, frame, render};
use crate::server::comparison::Comparison;
use crate::server::errors::AppError;
use crate::server::state::AppState;
use crate::server::views::{ComparePage, Section};

pub(crate) async fn page(State(state): State<AppState>, Path((id, older)): Path<(String, String)>) -> Response {
    let assistant = state.assistant();
    let work = move || Comparison::of(assistant.retriever().index(), &id, &older);
    let compared = tokio::task::spawn_blocking(work).await;
    match compared.map_err(AppError::from).flatten() {
        Ok(Comparison { newer, older, parts }) => {
            render(&ComparePage { frame: frame(&state, Section::Documents), newer, older, parts })
        }
        Err(error) => failure(&state, &error),
    }
}
