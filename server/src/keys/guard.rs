//! The layer that asks for a key, around everything but `/livez`: before the route is known to exist, before a body is read.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Caller, KeyScope};
use crate::Instance;
use crate::error::{Code, Problem};

/// The one route that anybody may ask: that the process runs.
const OPEN: &str = "/livez";
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const BEARER: &str = "bearer";
/// What browsers send that were asked for a password.
const BASIC: &str = "basic";

/// Which key a request came with, for the log.
#[derive(Debug, Clone)]
pub(crate) struct KeyId(pub(crate) String);

/// Finds out who asks, and refuses who has no key.
pub(crate) async fn authenticate(State(instance): State<Arc<Instance>>, mut request: Request, next: Next) -> Response {
    let caller = match &instance.keys {
        None => Caller::Anybody,
        Some(_) if request.uri().path() == OPEN => Caller::Anybody,
        Some(ring) => match shown(request.headers()) {
            None => {
                let detail =
                    "a key is needed: `Authorization: Bearer KEY`, or `X-API-Key: KEY`; in a browser as the password";
                return refused(detail, Code::KeyMissing, reads_pages(request.headers()));
            }
            Some(shown) => match ring.find(&shown) {
                None => {
                    let detail = "this key is not valid, or not any more";
                    return refused(detail, Code::KeyUnknown, reads_pages(request.headers()));
                }
                Some(key) => Caller::Holder(key),
            },
        },
    };
    let id = match &caller {
        Caller::Holder(key) => Some(KeyId(key.id.clone())),
        Caller::Anybody => None,
    };
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.extensions_mut().insert(id);
    }
    response
}

/// Refuses who lacks a scope; around each route.
pub(crate) async fn require(State(scope): State<KeyScope>, caller: Caller, request: Request, next: Next) -> Response {
    if caller.has(scope) {
        return next.run(request).await;
    }
    let detail = format!("a key of scope {scope} is needed");
    let mut response = Problem::new(Code::ScopeTooSmall, detail).into_response();
    let challenge = format!("Bearer realm=\"maxsimd\", error=\"insufficient_scope\", scope=\"{scope}\"");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn refused(detail: &str, code: Code, in_browser: bool) -> Response {
    let mut response = Problem::new(code, detail).into_response();
    let bearer = match code {
        Code::KeyUnknown => "Bearer realm=\"maxsimd\", error=\"invalid_token\"",
        _ => "Bearer realm=\"maxsimd\"",
    };
    // A browser asks whoever sits before it, but only for a page: what scripts ask, scripts are told.
    let basic = in_browser.then_some("Basic realm=\"maxsimd\", charset=\"UTF-8\"");
    for challenge in [Some(bearer), basic].into_iter().flatten() {
        response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

/// Whether a page is asked for, as browsers do.
fn reads_pages(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|kinds| kinds.contains("text/html"))
}

/// The key that a request comes with. A header given twice is none: whoever stands before the daemon may have read the other one.
fn shown(headers: &HeaderMap) -> Option<Cow<'_, [u8]>> {
    let single = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
    };
    let authorization = single(&header::AUTHORIZATION).and_then(|value| {
        let bearer = after(value, BEARER).map(Cow::Borrowed);
        bearer.or_else(|| password(after(value, BASIC).filter(|_| from_own_page(headers))?).map(Cow::Owned))
    });
    authorization.or_else(|| single(&X_API_KEY).map(|key| Cow::Borrowed(key.trim_ascii())))
}

/// Whether no page of another site or port had a browser send this, which would add the password that it was once given for ours.
fn from_own_page(headers: &HeaderMap) -> bool {
    let page = headers.get(header::ORIGIN).map(HeaderValue::to_str);
    let page = page.map(|page| page.ok().and_then(|page| Some(page.split_once("://")?.1)));
    page.is_none_or(|page| page.is_some() && page == headers.get(header::HOST).and_then(|host| host.to_str().ok()))
}

/// What stands behind a scheme.
fn after<'a>(value: &'a [u8], scheme: &str) -> Option<&'a [u8]> {
    let (found, rest) = value.split_at_checked(scheme.len())?;
    found.eq_ignore_ascii_case(scheme.as_bytes()).then_some(rest)?.strip_prefix(b" ").map(<[u8]>::trim_ascii)
}

/// The password of a name, whoever that is.
fn password(credentials: &[u8]) -> Option<Vec<u8>> {
    let text = STANDARD.decode(credentials).ok()?;
    let name = text.iter().position(|byte| *byte == b':')?;
    Some(text[name + 1..].to_vec()).filter(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_key_stands_in_either_header_and_nowhere_else() {
        for (lines, key) in [
            (&[("authorization", "Bearer abc")][..], Some(&b"abc"[..])),
            (&[("authorization", "bearer  abc")], Some(b"abc")),
            (&[("x-api-key", "abc")], Some(b"abc")),
            (&[("authorization", "Basic dTphYmM=")], Some(b"abc")),
            (&[("authorization", "basic OmE6Yg==")], Some(b"a:b")),
            (&[("authorization", "Basic dTo="), ("x-api-key", "abc")], Some(b"abc")),
            (&[("authorization", "Bearer abc"), ("x-api-key", "def")], Some(b"abc")),
            (&[("authorization", "Bearer abc"), ("authorization", "Bearer def")], None),
            (&[("x-api-key", "abc"), ("x-api-key", "abc")], None),
            (&[("authorization", "Basic dTphYmM="), ("host", "a:1"), ("origin", "http://a:1")], Some(b"abc")),
            (&[("authorization", "Basic dTphYmM="), ("host", "a:1"), ("origin", "http://a:2")], None),
            (&[("authorization", "Basic dTphYmM="), ("host", "a:1"), ("origin", "null")], None),
            (&[("authorization", "Bearer abc"), ("host", "a:1"), ("origin", "null")], Some(b"abc")),
            (&[("authorization", "Basic dTo=")], None),
            (&[("authorization", "Basic abc")], None),
            (&[("authorization", "Basic \u{2a}")], None),
            (&[("authorization", "Bearerabc")], None),
            (&[("authorization", "abc")], None),
            (&[], None),
        ] {
            assert_eq!(shown(&headers(lines)).as_deref(), key, "{lines:?}");
        }
    }
}
