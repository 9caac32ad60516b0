//! `GET /om`

use axum::extract::State;
use axum::response::Response;

use super::{frame, render};
use crate::server::state::AppState;
use crate::server::views::{AboutPage, Section};

pub(crate) async fn page(State(state): State<AppState>) -> Response {
    let assistant = state.assistant();
    let index = assistant.retriever().index();
    let built = index.settings().built.get(..10).map(str::to_owned);
    render(&AboutPage {
        frame: frame(&state, Section::About),
        generator: assistant.generator().map(|generator| generator.name().to_owned()),
        documents: index.documents().len(),
        indexed_on: built,
        contact: state.config().contact.clone(),
    })
}
