//! Reading a request's body: type, size, time and the memory of all bodies together are bounded.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::error::{Code, Problem};

const KIB: usize = 1024;
/// Bodies up to this size are not counted against the memory for bodies: the connection limit bounds them.
const FREE: usize = 64 * KIB;
/// Bodies up to this size are parsed where they arrive (tens of microseconds), so that their deadline is known while
/// they wait for a worker and a malformed one costs no worker at all.
pub(crate) const PARSED_ON_ARRIVAL: usize = 64 * KIB;
/// How long the rest of a refused body is read and thrown away, so that the client gets to see the refusal and not a
/// reset connection.
const LINGER: Duration = Duration::from_secs(5);
/// How much of it.
const LINGER_BYTES: usize = 256 * KIB * KIB;

/// Memory that large bodies may take together.
#[derive(Debug)]
pub(crate) struct BodyMemory(Arc<Semaphore>);

impl BodyMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / KIB).min(Semaphore::MAX_PERMITS))))
    }

    /// A share of the memory, or nothing if too much of it is taken.
    pub(crate) fn share(&self, kib: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(kib).ok()?).ok()
    }
}

/// What `bytes` take of the memory for bodies beyond what is free.
pub(crate) fn counted(bytes: usize) -> usize {
    bytes.saturating_sub(FREE).div_ceil(KIB)
}

/// A whole body; its share of the memory for bodies is given back with it.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    share: Option<OwnedSemaphorePermit>,
}

/// Reads a JSON body.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
    memory: &BodyMemory,
) -> Result<Received, Problem> {
    let mut body = body;
    let reading = async {
        refuse_size(body.size_hint().lower(), limits)?;
        refuse_type(headers)?;
        gather(&mut body, limits, memory).await
    };
    let result = match tokio::time::timeout(limits.body_timeout, reading).await {
        Ok(result) => result,
        Err(_) => return Err(Problem::new(Code::BodyTimeout, "the body did not arrive in time")),
    };
    if result.is_err() && !headers.contains_key(header::EXPECT) {
        // Whether the rest came in time or not, the refusal is sent.
        let _ = tokio::time::timeout(LINGER, discard(&mut body)).await;
    }
    result
}

fn refuse_size(bytes: u64, limits: &Limits) -> Result<(), Problem> {
    if usize::try_from(bytes).is_ok_and(|bytes| bytes <= limits.body_bytes) {
        return Ok(());
    }
    Err(Problem::new(Code::BodyTooLarge, format!("at most {} bytes are taken", limits.body_bytes)))
}

fn refuse_type(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or_default());
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters.trim().to_ascii_lowercase().replace('"', "");
    if !kind.trim().eq_ignore_ascii_case("application/json") || !matches!(charset.as_str(), "" | "charset=utf-8") {
        let detail = "content-type must be application/json, in UTF-8";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    match text(header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => Err(Problem::new(Code::UnsupportedMediaType, "content-encoding is not supported")),
    }
}

async fn gather(body: &mut Body, limits: &Limits, memory: &BodyMemory) -> Result<Received, Problem> {
    let mut received = Received { bytes: Vec::new(), share: None };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::new(Code::InvalidRequest, "the body ended early or is malformed"))?;
        let Ok(chunk) = frame.into_data() else { continue };
        let bytes = received.bytes.len() + chunk.len();
        refuse_size(u64::try_from(bytes).unwrap_or(u64::MAX), limits)?;
        received.claim(bytes, memory)?;
        received.bytes.extend_from_slice(&chunk);
    }
    Ok(received)
}

impl Received {
    /// Takes the share of `bytes` beyond what is free and already held.
    fn claim(&mut self, bytes: usize, memory: &BodyMemory) -> Result<(), Problem> {
        let held = self.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = counted(bytes).saturating_sub(held);
        if more == 0 {
            return Ok(());
        }
        let full = || Problem::new(Code::Overloaded, "too many large bodies at once").retry_after(1);
        let share = memory.share(more).ok_or_else(full)?;
        match &mut self.share {
            Some(held) => held.merge(share),
            none => *none = Some(share),
        }
        Ok(())
    }
}

async fn discard(body: &mut Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, |chunk| chunk.len());
        if discarded > LINGER_BYTES {
            return;
        }
    }
}
