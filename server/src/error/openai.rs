//! Failures as clients of OpenAI read them.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{Code, Problem};
use crate::wire::schema::described;

/// Paths of routes that clients of OpenAI use.
const PATHS: [&str; 3] = ["/v1/chat/completions", "/v1/embeddings", "/v1/models"];

/// Whether who asks for a path reads failures in OpenAI's shape.
pub(crate) fn speaks_openai(path: &str) -> bool {
    PATHS.contains(&path) || path.starts_with("/v1/models/")
}

/// What an error is, to these clients.
const KINDS: [&str; 4] = ["authentication_error", "permission_error", "server_error", "invalid_request_error"];

described! {
    /// A failure in OpenAI's shape.
    #[derive(Debug, Serialize)]
    pub(crate) struct OpenAiFailure {
        /// What happened.
        error: OpenAiError,
    }
}

described! {
    /// What happened, in OpenAI's shape.
    #[derive(Debug, Serialize)]
    pub(crate) struct OpenAiError {
        /// What happened and what would help, for people.
        message: String,
        /// Kind of failure.
        #[serde(rename = "type")]
        kind as "type": &'static str where |it| it.one_of(KINDS),
        /// The field of the request that is at fault.
        param: Option<String>,
        /// Stable name.
        code: &'static str where |it| it.one_of(Code::ALL.map(Code::name)),
    }
}

/// A failure that is written in OpenAI's shape.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Problem);

impl Failure {
    /// The body of the reply.
    pub(crate) fn body(&self) -> OpenAiFailure {
        let Self(problem) = self;
        let kind = match problem.code {
            Code::KeyMissing | Code::KeyUnknown => "authentication_error",
            Code::ScopeTooSmall | Code::CollectionNotAllowed => "permission_error",
            _ if problem.status().is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        let Problem { code, detail, field, .. } = problem.clone();
        OpenAiFailure { error: OpenAiError { message: detail, kind, param: field, code: code.name() } }
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
