//! Failures as clients of OpenAI read them.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Problem;

/// A failure in OpenAI's shape.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Problem);

impl Failure {
    /// The body of the reply.
    pub(crate) fn body(&self) -> Value {
        let Self(problem) = self;
        let kind = if problem.status().is_server_error() { "server_error" } else { "invalid_request_error" };
        json!({"error": {"message": problem.detail, "type": kind, "param": problem.field, "code": problem.code.name()}})
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.0.cause {
            tracing::error!(code = self.0.code.name(), cause, "request failed");
        }
        let mut response = (self.0.status(), Json(self.body())).into_response();
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
