//! Failures as clients see them: RFC 9457 problem replies with a stable code.

mod code;
mod engine;
mod openai;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

pub use code::Code;
pub(crate) use openai::{Failure, OpenAiFailure, speaks_openai};

/// Media type of problem replies.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One failure, before it knows which request it belongs to.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind of failure.
    pub code: Code,
    /// What happened and what would help, for people.
    pub detail: String,
    /// The field of the request that is at fault.
    pub field: Option<String>,
    /// The byte of a text in that field.
    pub position: Option<usize>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
    /// The full story for the daemon's log, never sent: it may hold paths.
    pub cause: Option<String>,
}

impl Problem {
    /// A failure of a kind.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), field: None, position: None, retry_after: None, cause: None }
    }

    /// A field with an unusable value.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidField, detail).at(field)
    }

    /// Names the field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says when trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What should not happen, and has said so in the log.
    pub(crate) fn defect() -> Self {
        Self::new(Code::Internal, "a defect of the daemon; its log has more")
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }
}

impl IntoResponse for Problem {
    /// The body is filled in by `observe`, which knows the request id.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_in_the_protocol() {
        let protocol = include_str!("../../PROTOCOL.md");
        for code in Code::ALL {
            let row = format!("| `{}` | {} |", code.name(), code.status().as_u16());
            assert!(protocol.contains(&row), "PROTOCOL.md has no row {row}");
        }
    }

    #[test]
    fn code_names_are_unique() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
