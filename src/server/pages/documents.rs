//! `GET /dokument`: all documents by collection.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;

use super::{frame, render};
use crate::server::present::Presenter;
use crate::server::state::AppState;
use crate::server::views::{CollectionView, DocumentSummary, DocumentsPage, Section};

pub(crate) async fn page(State(state): State<AppState>) -> Response {
    let assistant = state.assistant();
    let presenter = Presenter::today(assistant.retriever().index());
    let mut collections: BTreeMap<String, Vec<DocumentSummary>> = BTreeMap::new();
    for head in assistant.retriever().index().documents() {
        let name = head.metadata.collection.clone().unwrap_or_else(|| "Övrigt".to_owned());
        collections.entry(name).or_default().push(presenter.summary(head));
    }
    let collections = collections.into_iter().map(|(name, mut documents)| {
        documents.sort_by(|a, b| a.title.cmp(&b.title));
        CollectionView { name, documents }
    });
    render(&DocumentsPage { frame: frame(&state, Section::Documents), collections: collections.collect() })
}
