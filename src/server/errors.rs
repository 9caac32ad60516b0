//! What is said when a request fails?
//!
//! Typed errors of the other rooms become one of a few kinds here. Users get a Swedish message that says what to do;
//! details go to the log alone.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::AnswerError;
use crate::index::IndexError;
use crate::inference::InferenceError;
use crate::retrieve::{QuestionError, RetrieveError};

/// Seconds after which an overloaded service is worth another try.
pub(crate) const RETRY_AFTER: u32 = 5;

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum AppError {
    /// The request itself is wrong; the message says how.
    BadRequest(String),
    /// There is no such document or page.
    NotFound,
    /// Too many requests at once.
    Overloaded,
    /// Something is wrong on this side; it has been logged.
    Internal,
}

/// The body of a failed request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorDetail,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// `bad_request`, `not_found`, `overloaded` or `internal`.
    code: &'static str,
    /// For users, in Swedish.
    message: String,
    /// Seconds to wait before the next try.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

impl AppError {
    /// HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the user is told.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::BadRequest(message) => message.clone(),
            Self::NotFound => "Det du söker finns inte här. Dokumentet kan ha tagits bort eller bytt namn.".to_owned(),
            Self::Overloaded => "Många frågar just nu. Vänta några sekunder och försök igen.".to_owned(),
            Self::Internal => "Något gick fel hos oss. Försök igen. Gäller det fara för liv, ring 112.".to_owned(),
        }
    }

    /// Seconds to wait, where waiting helps.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        matches!(self, Self::Overloaded).then_some(RETRY_AFTER)
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad_request",
            Self::NotFound => "not_found",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }
}

/// Adds the header that tells programs when to come back.
pub(crate) fn with_retry_after(mut response: Response, error: &AppError) -> Response {
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let detail = ErrorDetail { code: self.code(), message: self.message(), retry_after: self.retry_after() };
        with_retry_after((self.status(), Json(ErrorBody { error: detail })).into_response(), &self)
    }
}

impl From<QuestionError> for AppError {
    fn from(error: QuestionError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl From<RetrieveError> for AppError {
    fn from(error: RetrieveError) -> Self {
        if let RetrieveError::Inference(InferenceError::Overloaded) = error {
            return Self::Overloaded;
        }
        tracing::error!(%error, "the search failed");
        Self::Internal
    }
}

impl From<IndexError> for AppError {
    fn from(error: IndexError) -> Self {
        tracing::error!(%error, "the index failed");
        Self::Internal
    }
}

impl From<AnswerError> for AppError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Retrieve(error) => error.into(),
            AnswerError::Cancelled => Self::Internal,
        }
    }
}

impl From<tokio::task::JoinError> for AppError {
    fn from(error: tokio::task::JoinError) -> Self {
        tracing::error!(%error, "a request's thread failed");
        Self::Internal
    }
}

/// A panic in a handler ends its request and nothing else.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast_ref::<&str>().copied().unwrap_or("without a message").to_owned(),
    };
    tracing::error!(panic = text, "a handler panicked");
    AppError::Internal.into_response()
}
