//! `/healthz` and `/readyz`, for supervisors and load balancers.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::server::state::AppState;

/// What the service can do at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Generation of the index in use.
    index: String,
    /// Documents in it.
    documents: usize,
    /// Passages in it.
    passages: usize,
    /// Embedding model.
    embedder: String,
    /// Generative model: `off`, `loading`, `ready` or `failed`.
    generator: &'static str,
    /// Its name.
    generator_name: Option<String>,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It answers", body = String)))]
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Whether questions can be answered, and how well. Search and quotes work whatever the generator's state.
#[utoipa::path(get, path = "/readyz", responses((status = 200, description = "It can answer", body = Readiness)))]
pub(crate) async fn ready(State(state): State<AppState>) -> Json<Readiness> {
    let assistant = state.assistant();
    let index = assistant.retriever().index();
    let generator = match assistant.generator().map(crate::inference::worker::GeneratorHandle::state) {
        None => "off",
        Some(None) => "loading",
        Some(Some(Ok(()))) => "ready",
        Some(Some(Err(_))) => "failed",
    };
    Json(Readiness {
        index: index.generation().to_owned(),
        documents: index.documents().len(),
        passages: index.passage_count(),
        embedder: index.settings().embedding_model.clone(),
        generator,
        generator_name: assistant.generator().map(|generator| generator.name().to_owned()),
    })
}
