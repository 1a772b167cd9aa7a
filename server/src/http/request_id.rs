//! The id of a request: the client's if it is sane, else a new one.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it, both ways.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 128;

/// Visible ASCII, 1 to 128 characters, so that it is safe in headers, JSON and logs.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The id for a request with these headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers.get(X_REQUEST_ID).and_then(Self::accept).unwrap_or_else(Self::generate)
    }

    fn accept(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let sane = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        // An ASCII header value is always readable as text.
        if sane { value.to_str().ok().map(|id| Self(id.to_owned())) } else { None }
    }

    /// A keyed hash of a counter: no two alike in a process, unlike those of other processes.
    fn generate() -> Self {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(format!("{:016x}", KEY.hash_one(NEXT.fetch_add(1, Ordering::Relaxed))))
    }

    /// The id.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(value).expect("a header value"));
        RequestId::of(&headers).as_str().to_owned()
    }

    #[test]
    fn a_sane_id_of_the_client_is_kept() {
        assert_eq!(of(b"abc-123"), "abc-123");
        assert_eq!(of(&[b'x'; 128]).len(), 128);
    }

    #[test]
    fn any_other_id_is_replaced() {
        for bad in [&b""[..], b"two words", b"caf\xc3\xa9", &[b'x'; 129]] {
            assert_eq!(of(bad).len(), 16, "{bad:?}");
        }
        assert_ne!(of(b""), of(b""));
    }
}
