//! Style sheets, scripts, icons and the service worker, embedded in the program.

use std::sync::LazyLock;

use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::state::AppState;
use crate::inference::catalogue::hex;

#[derive(RustEmbed)]
#[folder = "src/server/web/static/"]
struct Static;

/// One hash over all assets: scripts import each other with the version of the page.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    let mut names: Vec<_> = Static::iter().collect();
    names.sort();
    for name in names {
        if let Some(file) = Static::get(&name) {
            hasher.update(name.as_bytes());
            hasher.update(&file.data);
        }
    }
    hex(&hasher.finalize()[..6])
});

pub(super) async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery) -> Response {
    let versioned = query.is_some_and(|query| query == format!("v={}", *VERSION));
    respond(&name, versioned)
}

/// The script that keeps pages for use without coverage. It has to lie at the root to be in charge of all pages, and its
/// text names the version and the assets, so that a browser notices a new one.
pub(super) async fn service_worker(State(state): State<AppState>) -> Response {
    let Some(file) = Static::get("sw.js") else { return StatusCode::NOT_FOUND.into_response() };
    let mut names: Vec<_> = Static::iter().filter(|name| is_kept(name)).map(|name| format!("'{name}'")).collect();
    names.sort();
    let text = String::from_utf8_lossy(&file.data).replace("__VERSION__", &VERSION);
    let text = text.replace("'__ASSETS__'", &names.join(", "));
    let text = text.replace("__SHIFT__", &state.config().shift_hours.to_string());
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], text)
        .into_response()
}

/// Whether pages need an asset; the rest is for installing.
fn is_kept(name: &str) -> bool {
    name != "sw.js" && [".js", ".css", ".svg"].iter().any(|ending| name.ends_with(ending))
}

pub(super) async fn favicon() -> Response {
    respond("favicon.svg", false)
}

fn respond(name: &str, versioned: bool) -> Response {
    let Some(file) = Static::get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    };
    let cache = if versioned { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], file.data).into_response()
}
