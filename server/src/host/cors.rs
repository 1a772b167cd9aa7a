//! CORS for pages of sites that were named, and for no others: what a browser asks beforehand, and what it needs to show a page the
//! reply. Credentials of the browser's own are never asked for; a page sends its key itself.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Instance;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
const ASKED: HeaderValue =
    HeaderValue::from_static("authorization, x-api-key, content-type, accept, idempotency-key, x-request-id");
const SHOWN: HeaderValue = HeaderValue::from_static("x-request-id, server-timing, retry-after, www-authenticate");
/// Seconds for which a browser need not ask again.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Answers what a browser asks before a request of a named site's page, and lets such pages read replies. A browser sends no key with
/// its question, therefore this comes before the layer that asks for one; it tells nothing but that the site is named.
pub(crate) async fn answer_preflight(State(instance): State<Arc<Instance>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let named = origin.filter(|origin| origin.to_str().is_ok_and(|origin| instance.sites.names_origin(origin)));
    let Some(origin) = named else { return next.run(request).await };
    let asks = request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match asks {
        true => {
            let allowed = [
                (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
                (ACCESS_CONTROL_ALLOW_HEADERS, ASKED),
                (ACCESS_CONTROL_MAX_AGE, REMEMBERED),
            ];
            (StatusCode::NO_CONTENT, allowed).into_response()
        }
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
    headers.append(VARY, HeaderValue::from_static("origin"));
    response
}
