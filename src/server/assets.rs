//! Style sheets, scripts and icons, embedded in the program.

use std::sync::LazyLock;

use axum::extract::{Path, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

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

pub(super) async fn favicon() -> Response {
    respond("favicon.svg", false)
}

fn respond(name: &str, versioned: bool) -> Response {
    let Some(file) = Static::get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let cache = if versioned { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], file.data).into_response()
}
