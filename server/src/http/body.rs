//! Reading a request's body: type, size, time and the memory of all bodies together are bounded.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Instance;
use crate::config::Limits;
use crate::error::{Code, Problem};
use crate::http::compression::Coding;
use crate::wire::{self, Form};

const KIB: usize = 1024;
/// Bodies up to this size are not counted against the memory for bodies: the connection limit bounds them.
pub(crate) const FREE: usize = 64 * KIB;
/// How long the rest of a refused body is read and thrown away, so that the client gets to see the refusal and not a
/// reset connection.
const LINGER: Duration = Duration::from_secs(5);
/// How much of it.
const LINGER_BYTES: usize = 256 * KIB * KIB;

/// Memory that large bodies may take together.
#[derive(Debug, Clone)]
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
    pub(crate) form: Form,
    pub(crate) bytes: Vec<u8>,
    share: Option<OwnedSemaphorePermit>,
}

/// Reads a body in either form.
impl FromRequest<Arc<Instance>> for Received {
    type Rejection = Problem;

    async fn from_request(request: Request, instance: &Arc<Instance>) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let kinds = "application/json, in UTF-8, or application/x-maxsimd";
        let form = Form::of_body(&head.headers).ok_or(kinds);
        receive(form, &head.headers, body, (&instance.limits, &instance.body_memory)).await
    }
}

/// Reads a body of a route that knows JSON only.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
    memory: &BodyMemory,
) -> Result<Received, Problem> {
    let json = Form::of_body(headers).filter(|form| *form == Form::Json);
    receive(json.ok_or("application/json, in UTF-8"), headers, body, (limits, memory)).await
}

async fn receive(
    form: Result<Form, &str>,
    headers: &HeaderMap,
    body: Body,
    (limits, memory): (&Limits, &BodyMemory),
) -> Result<Received, Problem> {
    let mut body = body;
    let reading = async {
        refuse_size(body.size_hint().lower(), limits)?;
        let refused = |kinds| Problem::new(Code::UnsupportedMediaType, format!("content-type must be {kinds}"));
        let form = form.map_err(refused)?;
        let coding = Coding::of_body(headers)?;
        let received = gather(form, &mut body, (limits, memory)).await?;
        Ok::<_, Problem>((received, coding))
    };
    let result = match tokio::time::timeout(limits.body_timeout, reading).await {
        Ok(result) => result,
        Err(_) => return Err(Problem::new(Code::BodyTimeout, "the body did not arrive in time")),
    };
    if result.is_err() && !headers.contains_key(header::EXPECT) {
        // Whether the rest came in time or not, the refusal is sent.
        let _ = tokio::time::timeout(LINGER, discard(&mut body)).await;
    }
    match result? {
        (received, None) => Ok(received),
        (received, Some(coding)) => received.decoded(coding, (limits, memory)).await,
    }
}

fn refuse_size(bytes: u64, limits: &Limits) -> Result<(), Problem> {
    if usize::try_from(bytes).is_ok_and(|bytes| bytes <= limits.body_bytes) {
        return Ok(());
    }
    Err(Problem::new(Code::BodyTooLarge, format!("at most {} bytes are taken", limits.body_bytes)))
}

async fn gather(form: Form, body: &mut Body, (limits, memory): (&Limits, &BodyMemory)) -> Result<Received, Problem> {
    let mut received = Received { form, bytes: Vec::new(), share: None };
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
    /// What it asks for.
    pub(crate) fn parse<T: wire::Request>(&self) -> Result<T, Problem> {
        T::parse(self.form, &self.bytes)
    }

    /// What a compressed body says; both are held until it is known.
    async fn decoded(mut self, coding: Coding, (limits, memory): (&Limits, &BodyMemory)) -> Result<Self, Problem> {
        let (limits, memory) = (limits.clone(), memory.clone());
        let decoding = tokio::task::spawn_blocking(move || {
            let encoded = std::mem::take(&mut self.bytes);
            let room = |bytes: usize| {
                refuse_size(u64::try_from(bytes).unwrap_or(u64::MAX), &limits)?;
                self.claim(encoded.len().saturating_add(bytes), &memory)
            };
            self.bytes = coding.decode(&encoded, room)?;
            Ok(self)
        });
        decoding.await.unwrap_or_else(|_| Err(Problem::new(Code::Internal, "a defect of the daemon; its log has more")))
    }

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
