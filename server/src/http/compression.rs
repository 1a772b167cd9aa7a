//! Compressed bodies: requests that come so, up to the size that any body may have, and replies to clients that ask for it.

use std::io::{self, Read, Write};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;

use crate::error::{Code, Problem};

/// Replies below this size are sent as they are: it would take longer than it saves.
const WORTH_IT: u64 = 1024;
/// Larger ones, which are of vectors or whole documents, are sent as they are, too.
const MOST: u64 = 4 << 20;
/// Replies up to this size are compressed where they are sent.
const AT_ONCE: usize = 64 * 1024;
/// Memory that a stream may ask for to be decoded, as a power of two (RFC 9659: 8 MiB).
const ZSTD_WINDOW: u32 = 23;
/// Decoded bytes that are made at a time.
const PIECE: usize = 64 * 1024;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Zstd,
}

impl Coding {
    /// In the order in which they are preferred.
    const ALL: [Self; 2] = [Self::Zstd, Self::Gzip];

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// How the body of a request is compressed; `None` if it is not.
    pub(crate) fn of_body(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let named =
            |value: &HeaderValue| value.to_str().map(|name| name.trim().to_ascii_lowercase()).unwrap_or_default();
        let coding = match headers.get(CONTENT_ENCODING).map(named).as_deref() {
            None | Some("identity") => return Ok(None),
            Some(name) => Self::ALL.into_iter().find(|coding| coding.name() == name),
        };
        let unknown =
            || Problem::new(Code::UnsupportedMediaType, "content-encoding must be gzip or zstd, or be left out");
        coding.ok_or_else(unknown).map(Some)
    }

    /// What a client takes of replies.
    fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
        let taken = |coding: &Self| {
            accepted.split(',').any(|range| {
                let (name, quality) = range.split_once(';').unwrap_or((range, ""));
                name.trim().eq_ignore_ascii_case(coding.name()) && !matches!(quality.trim(), "q=0" | "q=0.0")
            })
        };
        Self::ALL.into_iter().find(taken)
    }

    /// Decodes a body piece by piece; `room` is asked before its whole size so far is stored.
    pub(crate) fn decode(
        self,
        bytes: &[u8],
        mut room: impl FnMut(usize) -> Result<(), Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let broken = |error: io::Error| {
            Problem::new(Code::InvalidRequest, format!("the body is not what content-encoding says: {error}"))
        };
        let mut reader: Box<dyn Read + '_> = match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(bytes).map_err(broken)?;
                decoder.window_log_max(ZSTD_WINDOW).map_err(broken)?;
                Box::new(decoder)
            }
        };
        let (mut decoded, mut piece) = (Vec::new(), vec![0; PIECE]);
        loop {
            match reader.read(&mut piece).map_err(broken)? {
                0 => return Ok(decoded),
                read => {
                    room(decoded.len() + read)?;
                    decoded.extend_from_slice(&piece[..read]);
                }
            }
        }
    }

    fn encode(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Self::Zstd => zstd::bulk::compress(bytes, 1),
        }
    }
}

/// Compresses replies whose size is known, if the client takes that and they are not small. Streams stay as they are.
pub(crate) async fn compress(request: Request, next: Next) -> Response {
    let wanted = Coding::wanted(request.headers());
    let response = next.run(request).await;
    let Some(coding) = wanted else { return response };
    let worth_it = response.body().size_hint().exact().is_some_and(|size| (WORTH_IT..=MOST).contains(&size));
    if !worth_it || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = body.collect().await.map(|body| body.to_bytes()) else {
        return Problem::defect().into_response();
    };
    let encoded = match bytes.len() {
        ..=AT_ONCE => coding.encode(&bytes).ok(),
        _ => {
            let bytes = bytes.clone();
            tokio::task::spawn_blocking(move || coding.encode(&bytes)).await.ok().and_then(Result::ok)
        }
    };
    let Some(encoded) = encoded else { return Response::from_parts(head, Body::from(bytes)) };
    head.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    head.headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(encoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded_and_no_further_than_there_is_room() {
        let bytes = b"late interaction ".repeat(10_000);
        for coding in Coding::ALL {
            let encoded = coding.encode(&bytes).expect("encoded");
            assert!(encoded.len() < bytes.len() / 50);
            assert!(coding.decode(&encoded, |_| Ok(())).is_ok_and(|decoded| decoded == bytes));
            let mut most = 0;
            let room = |size| {
                most = size;
                if size > 100_000 { Err(Problem::new(Code::BodyTooLarge, "")) } else { Ok(()) }
            };
            assert!(coding.decode(&encoded, room).is_err_and(|problem| problem.code == Code::BodyTooLarge));
            assert!(most <= 100_000 + PIECE, "a piece beyond the bound at most, and that one is not stored");
            for broken in [&encoded[..encoded.len() / 2], b"", b"not compressed"] {
                let decoded = coding.decode(broken, |_| Ok(()));
                assert!(decoded.is_err_and(|problem| problem.code == Code::InvalidRequest), "{coding:?} {broken:?}");
            }
        }
    }

    #[test]
    fn a_client_gets_what_it_takes() {
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip;q=1.0, zstd;q=0", Some(Coding::Gzip)),
            ("br", None),
            ("*", None),
            ("", None),
        ] {
            let headers = [(ACCEPT_ENCODING, HeaderValue::from_static(accepted))].into_iter().collect();
            assert_eq!(Coding::wanted(&headers), coding, "{accepted}");
        }
    }
}
