//! POST /v1/collections/{collection}/search. Bytes move here; parsing of large bodies, encoding, searching and
//! writing the reply run on a worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::search::Mode;

use super::collection_in;
use crate::body::{PARSED_ON_ARRIVAL, Received};
use crate::collections::Collections;
use crate::error::{Code, Problem};
use crate::metrics::Metrics;
use crate::observe::Arrived;
use crate::queries::{EncodedTexts, Queries, Texts};
use crate::reply::whole;
use crate::search::{Answered, Job, Vectors, Wanted, bound};
use crate::shadow::Shadows;
use crate::wire::{Ask, Form, Search, SearchOptions};
use crate::{Instance, Lost, Pending, Ticket};

/// What the engine gets after the deadline to return what it has found so far.
const GRACE: Duration = Duration::from_millis(100);

pub(crate) async fn search(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    path: Result<Path<String>, PathRejection>,
    form: Form,
    received: Received,
) -> Result<Response, Problem> {
    let collection = collection_in(&instance, path)?;
    // Refuses a search of nothing before it costs a worker.
    instance.collections.generation(&collection)?;
    let asked = match received.bytes.len() > PARSED_ON_ARRIVAL {
        true => Asked::Raw(received),
        false => Asked::Parsed(received.parse()?),
    };
    let latest = arrived + asked.deadline().unwrap_or(instance.limits.deadline) + GRACE;
    let answered = submit(&instance, asked, Later::of(&instance, collection, (arrived, form)))?;
    match answered.until(latest).await {
        Ok(answered) => answered.map(reply),
        Err(Lost::Late) => Err(Problem::new(Code::DeadlineExceeded, "the deadline passed before the search was done")),
        Err(Lost::Panicked) => Err(Problem::new(Code::Internal, "a defect of the daemon; its log has more")),
    }
}

/// A request before or after parsing.
enum Asked {
    Raw(Received),
    Parsed(Search),
}

impl Asked {
    fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Raw(_) => None,
            Self::Parsed(search) => search.options.deadline,
        }
    }
}

type Answer = Result<Answered, Problem>;

fn submit(instance: &Instance, asked: Asked, later: Later) -> Result<Pending<Answer>, Problem> {
    let workers = &instance.workers;
    let pending = match asked {
        Asked::Raw(received) => workers.try_submit(move |ticket| {
            let Search { ask, options } = received.parse()?;
            let (words, ask) = words_and_rest(ask, options.mode);
            later.check(ask.as_ref(), &options)?;
            let vectors = match ask {
                Some(Ask::Texts { field, texts }) => {
                    let texts = Texts { field, texts, deadline: later.deadline(&options) };
                    encoded(later.queries.encode(&texts, &ticket.cancelled), options.mode)?
                }
                Some(Ask::Vectors(vectors)) => Vectors::Given(vectors),
                None => Vectors::None,
            };
            later.answer(ticket, options, Wanted { words, vectors })
        }),
        Asked::Parsed(Search { ask, options }) => {
            let (words, ask) = words_and_rest(ask, options.mode);
            later.check(ask.as_ref(), &options)?;
            let vectors = match ask {
                Some(Ask::Texts { field, texts }) => {
                    let texts = Texts { field, texts, deadline: later.deadline(&options) };
                    let then = move |ticket: &Ticket, outcome| {
                        let vectors = encoded(outcome, options.mode)?;
                        later.answer(ticket, options, Wanted { words, vectors })
                    };
                    return workers.try_submit_stepped(texts, then).map_err(full);
                }
                Some(Ask::Vectors(vectors)) => Vectors::Given(vectors),
                None => Vectors::None,
            };
            workers.try_submit(move |ticket| later.answer(ticket, options, Wanted { words, vectors }))
        }
    };
    pending.map_err(full)
}

fn full<T>(_: T) -> Problem {
    Problem::new(Code::Overloaded, "the queue of searches is full").retry_after(1)
}

/// Texts whose words a mode looks for, and what else it takes.
fn words_and_rest(ask: Ask, mode: Mode) -> (Vec<String>, Option<Ask>) {
    match ask {
        Ask::Texts { texts, .. } if !mode.scores_vectors() => (texts, None),
        Ask::Texts { field, texts } if mode.looks_for_words() => (texts.clone(), Some(Ask::Texts { field, texts })),
        other => (Vec::new(), Some(other)),
    }
}

/// Encoded texts; without them, mode hybrid still has words.
fn encoded(outcome: Result<EncodedTexts, Problem>, mode: Mode) -> Result<Vectors, Problem> {
    match outcome {
        Ok(encoded) => Ok(Vectors::Encoded(encoded)),
        Err(problem) => match (mode, problem.code) {
            (Mode::Hybrid, Code::EncoderFailed | Code::EncoderUnavailable) => Ok(Vectors::Lost(problem)),
            _ => Err(problem),
        },
    }
}

/// What a search needs on a worker: all but the instance itself, which must not be dropped there.
struct Later {
    collection: CollectionName,
    arrived: Instant,
    form: Form,
    default_deadline: Duration,
    collections: Arc<Collections>,
    queries: Arc<Queries>,
    metrics: Arc<Metrics>,
    shadows: Arc<Shadows>,
}

impl Later {
    fn of(instance: &Instance, collection: CollectionName, (arrived, form): (Instant, Form)) -> Self {
        Self {
            collection,
            arrived,
            form,
            default_deadline: instance.limits.deadline,
            collections: Arc::clone(&instance.collections),
            queries: Arc::clone(&instance.queries),
            metrics: Arc::clone(&instance.metrics),
            shadows: Arc::clone(&instance.shadows),
        }
    }

    fn deadline(&self, options: &SearchOptions) -> Instant {
        self.arrived + options.deadline.unwrap_or(self.default_deadline)
    }

    /// Refuses, before anything is encoded, what the collection would refuse afterwards.
    fn check(&self, ask: Option<&Ask>, options: &SearchOptions) -> Result<(), Problem> {
        let generation = self.collections.generation(&self.collection)?;
        if let Some(filter) = &options.filter {
            bound(filter, &generation)?;
        }
        match ask {
            Some(Ask::Texts { .. }) => self.queries.check(&generation),
            Some(Ask::Vectors(_)) | None => Ok(()),
        }
    }

    fn answer(&self, ticket: &Ticket, options: SearchOptions, wanted: Wanted) -> Answer {
        // Taken when the work begins: a search that waited sees what is published by then.
        let generation = &self.collections.generation(&self.collection)?;
        let measures = (&*self.metrics, &*self.shadows);
        Job { generation, deadline: self.deadline(&options), ticket, form: self.form, measures }.answer(options, wanted)
    }
}

fn reply(answered: Answered) -> Response {
    let mut response = whole(answered.form, answered.body);
    response.extensions_mut().insert(answered.timings);
    response
}
