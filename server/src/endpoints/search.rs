//! POST /v1/collections/{collection}/search. Bytes move here; parsing of large bodies, encoding, searching and
//! writing the reply run on a worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maxsimd_engine::collection::CollectionName;

use super::named;
use crate::body::{self, Received};
use crate::error::{Code, Problem};
use crate::observe::Arrived;
use crate::search::{Answered, Job};
use crate::wire::Search;
use crate::{Instance, Lost};

/// Bodies up to this size are parsed where they arrive (tens of microseconds), so that their deadline is known while
/// they wait for a worker and a malformed one costs no worker at all.
const PARSED_ON_ARRIVAL: usize = 64 * 1024;
/// What the engine gets after the deadline to return what it has found so far.
const GRACE: Duration = Duration::from_millis(100);

pub(crate) async fn search(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let collection = named(path)?;
    // Refuses a search of nothing before it costs a worker.
    instance.collections.generation(&collection)?;
    let asked = if received.bytes.len() > PARSED_ON_ARRIVAL { Asked::Raw(received) } else { Asked::parse(&received)? };
    let latest = arrived + asked.deadline().unwrap_or(instance.limits.deadline) + GRACE;
    let answered = submit(&instance, collection, asked, arrived)?;
    match answered.until(latest).await {
        Ok(answered) => answered.map(reply),
        Err(Lost::Late) => Err(Problem::new(Code::DeadlineExceeded, "the deadline passed before the search was done")),
        Err(Lost::Panicked) => Err(Problem::new(Code::Internal, "a defect of the daemon; its log has more")),
    }
}

/// A request before or after parsing.
enum Asked {
    Raw(Received),
    Parsed(Box<Search>),
}

impl Asked {
    fn parse(received: &Received) -> Result<Self, Problem> {
        Ok(Self::Parsed(Box::new(Search::parse(&received.bytes)?)))
    }

    fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Raw(_) => None,
            Self::Parsed(search) => search.deadline,
        }
    }

    fn search(self) -> Result<Search, Problem> {
        match self {
            Self::Raw(received) => Search::parse(&received.bytes),
            Self::Parsed(search) => Ok(*search),
        }
    }
}

type Answer = Result<Answered, Problem>;

fn submit(
    instance: &Instance,
    collection: CollectionName,
    asked: Asked,
    arrived: Instant,
) -> Result<crate::Pending<Answer>, Problem> {
    let (collections, encoder) = (Arc::clone(&instance.collections), Arc::clone(&instance.encoder));
    let encodings = Arc::clone(&instance.encodings);
    let (metrics, shadows) = (Arc::clone(&instance.metrics), Arc::clone(&instance.shadows));
    let default_deadline = instance.limits.deadline;
    let work = move |ticket: &crate::Ticket| {
        let search = asked.search()?;
        // Taken when the work begins: a search that waited sees what is published by then.
        let generation = collections.generation(&collection)?;
        let deadline = arrived + search.deadline.unwrap_or(default_deadline);
        let measures = (&*metrics, &*shadows);
        let (generation, encoder, encodings) = (&generation, &*encoder, &*encodings);
        Job { generation, encoder, encodings, deadline, ticket, measures }.answer(search)
    };
    let overloaded = |_| Problem::new(Code::Overloaded, "the queue of searches is full").retry_after(1);
    instance.workers.try_submit(work).map_err(overloaded)
}

fn reply(answered: Answered) -> Response {
    let json = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, json)], answered.json).into_response();
    response.extensions_mut().insert(answered.timings);
    response
}
