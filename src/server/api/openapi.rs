//! `GET /api/v1/openapi.json`

use axum::Json;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(title = "Rutinlots", description = "Search, quotes and checked answers over internal routines."),
    paths(
        super::ask::ask,
        super::search::search,
        super::suggestions::suggestions,
        super::documents::document,
        super::documents::passages,
        super::documents::original,
        super::documents::compare,
        super::health::alive,
        super::health::ready
    )
)]
struct Description;

/// The API's description.
pub(crate) async fn description() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
