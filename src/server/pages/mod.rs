//! HTML pages, rendered on the server; they work without JavaScript.

pub(super) mod about;
pub(super) mod ask;
pub(super) mod compare;
pub(super) mod document;
mod document_links;
pub(super) mod documents;
pub(super) mod feedback;
pub(super) mod offline;
pub(super) mod search;

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{Html, IntoResponse, Response};

use super::assets::VERSION;
use super::errors::{AppError, with_retry_after};
use super::state::AppState;
use super::views::{ErrorPage, Frame, Section};

/// What every page needs.
fn frame(state: &AppState, section: Section) -> Frame {
    let config = state.config();
    Frame::new(config.organisation.clone(), VERSION.clone(), section).with_shift(config.shift_hours)
}

/// A page that says what happened and what to do.
fn failure(state: &AppState, error: &AppError) -> Response {
    let page = ErrorPage::for_status(frame(state, Section::Elsewhere), error.status().as_u16());
    let mut response = render(&page);
    *response.status_mut() = error.status();
    with_retry_after(response, error)
}

fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            AppError::Internal.into_response()
        }
    }
}

/// Everything that is not there: JSON for programs, a page for people.
pub(super) async fn not_found(State(state): State<AppState>, uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return AppError::NotFound.into_response();
    }
    failure(&state, &AppError::NotFound)
}
