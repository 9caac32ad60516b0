//! `GET /api/v1/documents/{id}`, its passages, its original file, and how it differs from an older version.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::inference::catalogue::hex;
use crate::ingest::{Link, OcrPage, Span};
use crate::server::comparison::Comparison;
use crate::server::errors::AppError;
use crate::server::present::Presenter;
use crate::server::state::AppState;
use crate::server::views::{ComparePart, DocumentSummary};

/// A document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentResponse {
    /// What is known of it.
    document: DocumentSummary,
    /// Pages, where the format has pages.
    pages: Option<u32>,
    /// Pages whose text was recognised from a picture: `page`, from 1, and `confidence`, from 0 to 1.
    #[schema(value_type = Vec<Object>)]
    ocr: Vec<OcrPage>,
    /// Links whose addresses the text does not show: `text`, `address` and `page`.
    #[schema(value_type = Vec<Object>)]
    links: Vec<Link>,
    /// What the reader found doubtful.
    warnings: Vec<String>,
    /// Its text: blocks in reading order.
    #[schema(value_type = Vec<Object>)]
    blocks: Vec<crate::ingest::Block>,
}

/// A passage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PassageResponse {
    /// Its stable name.
    passage: String,
    /// Headings above it.
    heading_path: Vec<String>,
    /// Page that it starts on.
    page: Option<u32>,
    /// Where it stands in the document's text, in characters.
    #[schema(value_type = Object)]
    span: Span,
    /// Its text.
    text: String,
}

/// What differs between a document and an older version of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompareResponse {
    /// The document.
    newer: DocumentSummary,
    /// The older version.
    older: DocumentSummary,
    /// How many paragraphs, list items and table rows only the older version has.
    removed: usize,
    /// How many only the newer one has. One that was reworded counts as removed and as added.
    added: usize,
    /// Both texts in reading order.
    parts: Vec<ComparePart>,
}

/// A document and its text.
#[utoipa::path(get, path = "/api/v1/documents/{id}", params(("id" = String, Path, description = "Stable name")),
    responses((status = 200, description = "The document", body = DocumentResponse),
    (status = 404, description = "No such document", body = crate::server::errors::ErrorBody)))]
pub(crate) async fn document(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<DocumentResponse>, AppError> {
    let assistant = state.assistant();
    let index = assistant.retriever().index();
    let head = index.document(&id).ok_or(AppError::NotFound)?;
    Ok(Json(DocumentResponse {
        document: Presenter::today(index).summary(head),
        pages: head.pages,
        ocr: head.ocr.clone(),
        links: index.links(head.number)?,
        warnings: head.warnings.clone(),
        blocks: index.blocks(head.number)?,
    }))
}

/// A document's passages in order.
#[utoipa::path(get, path = "/api/v1/documents/{id}/passages", params(("id" = String, Path, description = "Stable name")),
    responses((status = 200, description = "Its passages", body = Vec<PassageResponse>),
    (status = 404, description = "No such document", body = crate::server::errors::ErrorBody)))]
pub(crate) async fn passages(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Vec<PassageResponse>>, AppError> {
    let assistant = state.assistant();
    let index = assistant.retriever().index();
    let head = index.document(&id).ok_or(AppError::NotFound)?;
    let rows = index.passages_of(head.number)?;
    let passages = rows.into_iter().map(|row| PassageResponse {
        passage: row.passage.id.to_string(),
        heading_path: row.passage.heading_path,
        page: row.passage.page,
        span: row.passage.span,
        text: row.passage.text,
    });
    Ok(Json(passages.collect()))
}

/// The file that a document was read from.
#[utoipa::path(get, path = "/api/v1/documents/{id}/original", params(("id" = String, Path, description = "Stable name")),
    responses((status = 200, description = "The file, unchanged since it was indexed"),
    (status = 404, description = "No such document, or its file is gone or changed",
        body = crate::server::errors::ErrorBody)))]
pub(crate) async fn original(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, AppError> {
    use sha2::Digest;
    let assistant = state.assistant();
    let head = assistant.retriever().index().document(&id).ok_or(AppError::NotFound)?.clone();
    let bytes = tokio::fs::read(&head.path).await.map_err(|error| {
        tracing::warn!(%error, path = head.path, "an original file is gone");
        AppError::NotFound
    })?;
    // A file that was changed after it was indexed must not pass for the one that was quoted.
    if hex(&sha2::Sha256::digest(&bytes)) != head.contents_hash() {
        tracing::warn!(path = head.path, "an original file has changed since it was indexed");
        return Err(AppError::NotFound);
    }
    let name = head.place.rsplit('/').next().unwrap_or(&head.place);
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    // Only PDF is shown in the browser; everything else is a download, HTML above all.
    let (kind, disposition) = match ending.as_str() {
        "pdf" => ("application/pdf", "inline"),
        "docx" => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
        _ => ("application/octet-stream", "attachment"),
    };
    let disposition = format!("{disposition}; filename*=UTF-8''{}", crate::server::views::encode(name));
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| AppError::Internal)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response())
}

/// What differs between a document and an older version of it.
#[utoipa::path(get, path = "/api/v1/documents/{id}/compare/{older}",
    params(("id" = String, Path, description = "Stable name"),
        ("older" = String, Path, description = "Stable name of an older version, from the document's `versions`")),
    responses((status = 200, description = "Both texts in reading order: what is the same, removed and added",
        body = CompareResponse),
    (status = 404, description = "No such document, or the other one is no older version of it",
        body = crate::server::errors::ErrorBody)))]
pub(crate) async fn compare(
    State(state): State<AppState>,
    Path((id, older)): Path<(String, String)>,
) -> Result<Json<CompareResponse>, AppError> {
    let assistant = state.assistant();
    let work = move || Comparison::of(assistant.retriever().index(), &id, &older);
    let Comparison { newer, older, parts } =
        tokio::task::spawn_blocking(work).await.map_err(AppError::from).flatten()?;
    let (removed, added) = ComparePart::counts(&parts);
    Ok(Json(CompareResponse { newer, older, removed, added, parts }))
}
