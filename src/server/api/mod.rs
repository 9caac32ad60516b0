//! JSON and server-sent events, described at `/api/v1/openapi.json`.

pub(super) mod ask;
pub(super) mod documents;
pub(super) mod health;
pub(super) mod openapi;
pub(super) mod search;
pub(super) mod suggestions;
