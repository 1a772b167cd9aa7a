//! GET /openapi.json: what may be asked of this daemon, for programs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::Instance;
use crate::http::page::File;
use crate::openapi::{self, About, Facts, Tag};
use crate::routes::routes;

const JSON: &str = "application/json";
/// It makes no page.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

pub(crate) fn about() -> About {
    About::new("openapi", Tag::Pages, "This document")
        .json::<Map<String, Value>>(200, "OpenAPI 3.1.")
        .nothing(304, "The one with this `etag` is current.")
}

pub(crate) async fn document(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Response {
    let bytes = instance.openapi.get_or_init(|| {
        let facts = Facts { keys: instance.keys.is_some(), body_bytes: instance.limits.body_bytes };
        let document = openapi::document(&facts, routes().listed);
        // Of plain values, which can always be written.
        Bytes::from(serde_json::to_vec(&document).unwrap_or_default())
    });
    File { kind: JSON, policy: POLICY, bytes: bytes.clone() }.reply(&headers)
}
