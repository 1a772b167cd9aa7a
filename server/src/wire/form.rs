//! The two forms of a body, and which of them a request has and wants back.

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;

use super::compact;
use crate::error::{Code, Problem};

const JSON: &str = "application/json";

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// As JSON.
    #[default]
    Json,
    /// As bincode.
    Compact,
}

/// Can be written in both forms.
pub trait Written: Serialize + compact::Writable {}

impl<T: Serialize + compact::Writable> Written for T {}

impl Form {
    /// The form of a request's body; `None` if its type is neither of the two.
    pub fn of_body(headers: &HeaderMap) -> Option<Self> {
        let (kind, parameters) = kind_of(text(headers, CONTENT_TYPE)?);
        let charset = parameters.trim().to_ascii_lowercase().replace('"', "");
        match Self::named(kind)? {
            Self::Json => matches!(charset.as_str(), "" | "charset=utf-8").then_some(Self::Json),
            Self::Compact => Some(Self::Compact),
        }
    }

    /// The form of a reply: the one that `accept` names first, else that of the request's body.
    pub fn wanted(headers: &HeaderMap) -> Self {
        let accepted = text(headers, ACCEPT).unwrap_or_default().split(',');
        let named = accepted.filter_map(|range| {
            let (kind, parameters) = kind_of(range);
            let refused = parameters.split(';').any(|parameter| matches!(parameter.trim(), "q=0" | "q=0.0"));
            Self::named(kind).filter(|_| !refused)
        });
        let body = || text(headers, CONTENT_TYPE).and_then(|kind| Self::named(kind_of(kind).0));
        { named }.next().or_else(body).unwrap_or_default()
    }

    fn named(kind: &str) -> Option<Self> {
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        if is(JSON) {
            return Some(Self::Json);
        }
        is(compact::MEDIA_TYPE).then_some(Self::Compact)
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Compact => compact::MEDIA_TYPE,
        }
    }

    /// Writes a body.
    pub fn write(self, body: &impl Written) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Json => json(body),
            Self::Compact => compact::encode(body).map_err(defect),
        }
    }
}

/// Writes a body of a route that knows JSON only.
pub(crate) fn json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| defect(error.to_string()))
}

fn defect(cause: String) -> Problem {
    Problem { cause: Some(cause), ..Problem::new(Code::Internal, "the reply cannot be written") }
}

/// A media type, and what stands behind it.
fn kind_of(text: &str) -> (&str, &str) {
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    (kind.trim(), parameters)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(content: &'static str, accept: &'static str) -> HeaderMap {
        let all = [(CONTENT_TYPE, content), (ACCEPT, accept)].into_iter().filter(|(_, value)| !value.is_empty());
        all.map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_reply_has_the_form_that_is_named_first_and_else_that_of_the_request() {
        for (content, accept, form) in [
            ("", "", Form::Json),
            ("application/json", "*/*", Form::Json),
            ("application/x-maxsimd", "", Form::Compact),
            ("application/x-maxsimd", "*/*", Form::Compact),
            ("application/x-maxsimd", "application/json", Form::Json),
            ("application/json", "text/html, Application/X-Maxsimd;q=0.5, application/json", Form::Compact),
            ("application/json", "application/x-maxsimd;q=0", Form::Json),
            ("", "application/json, application/x-maxsimd", Form::Json),
        ] {
            assert_eq!(Form::wanted(&headers(content, accept)), form, "{content} {accept}");
        }
    }

    #[test]
    fn a_body_is_of_one_of_two_types() {
        for (content, form) in [
            ("application/json; charset=UTF-8", Some(Form::Json)),
            ("application/json; charset=latin-1", None),
            ("application/x-maxsimd", Some(Form::Compact)),
            ("application/x-maxsimd-snapshot", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(Form::of_body(&headers(content, "")), form, "{content}");
        }
    }
}
