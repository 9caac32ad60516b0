//! How do people and programs reach the service over HTTP?
//!
//! `api` speaks JSON and server-sent events, `pages` HTML that works without JavaScript; both turn a request into a
//! call of [`crate::answer`] or [`crate::retrieve`] and its result into what [`views`] describes. Everything that is
//! served is embedded in the program; nothing refers to another host.

mod api;
mod assets;
pub mod at_hand;
mod comparison;
mod errors;
pub mod feedback;
mod headers;
mod pages;
mod present;
mod search;
mod sought;
mod state;
mod suggestions;
pub mod views;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

pub use state::{AppState, ServerConfig};

/// Largest body of a request; a question has at most 500 characters.
const LARGEST_BODY: usize = 16 * 1024;

/// Largest report of an answer: the answer goes with it, three bytes for each letter that is not in ASCII.
const LARGEST_REPORT: usize = 192 * 1024;

/// All routes.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(pages::ask::page))
        .route("/sok", get(pages::search::page))
        .route("/dokument", get(pages::documents::page))
        .route("/dokument/{id}", get(pages::document::page))
        .route("/dokument/{id}/jamfor/{older}", get(pages::compare::page))
        .route("/om", get(pages::about::page))
        .route("/utan-tackning", get(pages::offline::page))
        .route("/aterkoppling", post(pages::feedback::send).layer(DefaultBodyLimit::max(LARGEST_REPORT)))
        .route("/static/{*name}", get(assets::asset))
        .route("/favicon.ico", get(assets::favicon))
        .route("/sw.js", get(assets::service_worker))
        .route("/api/v1/ask", post(api::ask::ask))
        .route("/api/v1/search", get(api::search::search))
        .route("/api/v1/suggestions", get(api::suggestions::suggestions))
        .route("/api/v1/documents/{id}", get(api::documents::document))
        .route("/api/v1/documents/{id}/passages", get(api::documents::passages))
        .route("/api/v1/documents/{id}/original", get(api::documents::original))
        .route("/api/v1/documents/{id}/compare/{older}", get(api::documents::compare))
        .route("/api/v1/openapi.json", get(api::openapi::description))
        .route("/healthz", get(api::health::alive))
        .route("/readyz", get(api::health::ready))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn(headers::add))
        .layer(CatchPanicLayer::custom(errors::panicked))
        // Questions stand in query strings; only the path is logged.
        .layer(TraceLayer::new_for_http().make_span_with(
            |request: &Request| tracing::info_span!("request", method = %request.method(), path = request.uri().path()),
        ))
        .with_state(state)
}

/// Serves until the process is told to stop; requests under way are finished.
pub async fn serve(state: AppState, address: SocketAddr, on_ready: impl FnOnce(SocketAddr)) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    on_ready(listener.local_addr()?);
    let watcher = tokio::spawn(state::follow_index(state.clone()));
    let outcome = axum::serve(listener, router(state)).with_graceful_shutdown(stop_signal()).await;
    watcher.abort();
    outcome
}

async fn stop_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "the interrupt signal cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { () = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
