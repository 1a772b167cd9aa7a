//! A reply in the form that was asked for.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::wire::{Form, Written};

/// A body, and the form that the client wants.
#[derive(Debug)]
pub(crate) struct Reply<T>(pub(crate) Form, pub(crate) T);

impl<T: Written> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let Self(form, body) = self;
        match form.write(&body) {
            Ok(bytes) => whole(form, bytes),
            Err(problem) => problem.into_response(),
        }
    }
}

/// A reply that is written already.
pub(crate) fn whole(form: Form, bytes: impl Into<Bytes>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()))], bytes.into()).into_response()
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::wanted(&parts.headers))
    }
}
