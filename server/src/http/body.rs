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
/// Most bytes of a body in which there are neither vectors nor documents.
const MOST_ASKED: usize = KIB * KIB;
/// How long the rest of a refused body is read and thrown away, so that the client gets to see the refusal and not a
/// reset connection.
const LINGER: Duration = Duration::from_secs(5);
/// How much of it.
const LINGER_BYTES: usize = 256 * KIB * KIB;

/// Memory that large bodies may take together.
#[derive(Debug, Clone)]
pub(crate) struct BodyMemory {
    places: Arc<Semaphore>,
    /// All that there is.
    kib: usize,
}

impl BodyMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        let kib = (bytes / KIB).min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(kib)), kib }
    }

    /// A share of the memory, or nothing if too much of it is taken.
    pub(crate) fn share(&self, kib: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_many_owned(u32::try_from(kib).ok()?).ok()
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
    claimed: Claimed,
}

/// What a body takes of the memory for bodies.
#[derive(Debug)]
struct Claimed {
    memory: BodyMemory,
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
        (received, Some(coding)) => received.decoded(coding, limits).await,
    }
}

fn refuse_size(bytes: u64, limits: &Limits) -> Result<(), Problem> {
    if usize::try_from(bytes).is_ok_and(|bytes| bytes <= limits.body_bytes) {
        return Ok(());
    }
    Err(Problem::new(Code::BodyTooLarge, format!("at most {} bytes are taken", limits.body_bytes)))
}

async fn gather(form: Form, body: &mut Body, (limits, memory): (&Limits, &BodyMemory)) -> Result<Received, Problem> {
    let claimed = Claimed { memory: memory.clone(), share: None };
    let mut received = Received { form, bytes: Vec::new(), claimed };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::new(Code::InvalidRequest, "the body ended early or is malformed"))?;
        let Ok(chunk) = frame.into_data() else { continue };
        let bytes = received.bytes.len() + chunk.len();
        refuse_size(u64::try_from(bytes).unwrap_or(u64::MAX), limits)?;
        received.claimed.grow(bytes)?;
        received.bytes.extend_from_slice(&chunk);
    }
    Ok(received)
}

impl Received {
    /// What it asks for. What that takes in memory is held with the body, and refused if it is no share but most of it.
    pub(crate) fn parse<T: wire::Request>(&mut self) -> Result<T, Problem> {
        let Self { form, bytes, claimed } = self;
        T::parse_within(*form, bytes, |more| {
            let needed = bytes.len().saturating_add(more);
            if more > 0 && needed / KIB > claimed.memory.kib / 2 {
                let detail = format!("what it says would take {} MiB of memory; send less at once", needed / KIB / KIB);
                return Err(Problem::new(Code::BodyTooLarge, detail));
            }
            claimed.grow(needed)
        })
    }

    /// What a body asks for in which there are neither vectors nor documents. It gives back its share.
    pub(crate) async fn ask<T: Send + 'static>(
        mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        if self.bytes.len() > MOST_ASKED {
            return Err(Problem::new(Code::BodyTooLarge, format!("at most {MOST_ASKED} bytes are taken here")));
        }
        if self.bytes.len() <= FREE {
            return parse(&mut self);
        }
        let parsing = tokio::task::spawn_blocking(move || parse(&mut self));
        parsing.await.unwrap_or_else(|_| Err(Problem::defect()))
    }

    /// What a compressed body says; both are held until it is known.
    async fn decoded(mut self, coding: Coding, limits: &Limits) -> Result<Self, Problem> {
        let limits = limits.clone();
        let decoding = tokio::task::spawn_blocking(move || {
            let encoded = std::mem::take(&mut self.bytes);
            let room = |bytes: usize| {
                refuse_size(u64::try_from(bytes).unwrap_or(u64::MAX), &limits)?;
                self.claimed.grow(encoded.len().saturating_add(bytes))
            };
            self.bytes = coding.decode(&encoded, room)?;
            Ok(self)
        });
        decoding.await.unwrap_or_else(|_| Err(Problem::defect()))
    }
}

impl Claimed {
    /// Takes the share of `bytes` beyond what is free and already held.
    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let held = self.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = counted(bytes).saturating_sub(held);
        if more == 0 {
            return Ok(());
        }
        let full = || Problem::new(Code::Overloaded, "too many large bodies at once").retry_after(1);
        let share = self.memory.share(more).ok_or_else(full)?;
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
