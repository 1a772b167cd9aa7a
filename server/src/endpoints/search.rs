//! POST /v1/collections/{collection}/search. Bytes move here; parsing of large bodies, encoding, searching and
//! writing the reply run on a worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::search::Mode;

use super::collection_in;
use crate::collections::Collections;
use crate::error::{Code, Problem};
use crate::http::asked::Asked;
use crate::http::body::Received;
use crate::http::observe::Arrived;
use crate::http::reply::whole;
use crate::keys::Caller;
use crate::log::{Noted, Slow};
use crate::metrics::Metrics;
use crate::openapi::{About, ENCODES, Tag};
use crate::search::queries::{EncodedTexts, Queries, Texts};
use crate::search::replies::Kept;
use crate::search::{Answered, Job, Vectors, Wanted, bound};
use crate::shadow::Shadows;
use crate::wire::{Ask, Form, Search, SearchAnswer, SearchBody, SearchOptions};
use crate::{Instance, Lost, Pending, Ticket};

/// What the engine gets after the deadline to return what it has found so far.
const GRACE: Duration = Duration::from_millis(100);

pub(crate) fn about() -> About {
    About::new("search", Tag::Search, "Searches a collection")
        .collection()
        .body::<SearchBody<'_>>()
        .reply::<SearchAnswer>(200, "The hits.")
        .problems(ENCODES)
        .problems(&[Code::ModeUnavailable, Code::ScopeUnavailable])
}

pub(crate) async fn search(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    Extension(Arrived(arrived)): Extension<Arrived>,
    path: Result<Path<String>, PathRejection>,
    form: Form,
    received: Received,
) -> Result<Response, Problem> {
    let collection = collection_in(&instance, &caller, path)?;
    // Refuses a search of nothing before it costs a worker.
    let generation = instance.collections.generation(&collection)?;
    let question = instance.replies.question(&collection, form, &received);
    if let Some(kept) = question.as_ref().and_then(|question| instance.replies.get(question, &generation)) {
        return Ok(again(form, kept));
    }
    // And before it is parsed: what is refused should cost next to nothing.
    instance.workers.room(None).map_err(full)?;
    let asked = Asked::<Search>::of(received)?;
    let latest = arrived + asked.patience(instance.limits.deadline) + GRACE;
    if let Some(deadline) = asked.deadline() {
        instance.workers.room(Some(arrived + deadline)).map_err(full)?;
    }
    let noted = noted(&asked, instance.slow, &collection);
    let answered = submit(&instance, asked, Later::of(&instance, collection, (arrived, form)))?;
    let answered = match answered.until(latest).await {
        Ok(Ok(answered)) => {
            let (form, timings, body) = (answered.form, answered.timings, Bytes::from(answered.body));
            if let Some((question, generation)) = question.zip(answered.whole) {
                instance.replies.keep(question, &generation, &body);
            }
            Ok((Extension(timings), whole(form, body)))
        }
        Ok(Err(problem)) => Err(problem),
        Err(Lost::Late) => Err(Problem::new(Code::DeadlineExceeded, "the deadline passed before the search was done")),
        Err(Lost::Panicked) => Err(Problem::defect()),
    };
    Ok((noted.map(Extension), answered).into_response())
}

/// For the log of slow requests. A large body is of vectors, and parsed on a worker.
fn noted(asked: &Asked<Search>, slow: Slow, collection: &CollectionName) -> Option<Noted> {
    let name = [collection.as_str()];
    match asked {
        Asked::Raw(_) => slow.note(&name, ("", 0), String::new),
        Asked::Parsed(Search { ask, options }) => slow.note(&name, (options.mode.name(), options.k), || match ask {
            Ask::Texts { texts, .. } => texts.join(" | "),
            Ask::Vectors(_) => String::new(),
        }),
    }
}

type Answer = Result<Answered, Problem>;

fn submit(instance: &Instance, asked: Asked<Search>, later: Later) -> Result<Pending<Answer>, Problem> {
    let workers = &instance.workers;
    let pending = match asked {
        Asked::Raw(mut received) => workers.try_submit(move |ticket| {
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
        let (queries, measures) = (&*self.queries, (&*self.metrics, &*self.shadows));
        let (deadline, form) = (self.deadline(&options), self.form);
        Job { generation, queries, deadline, ticket, form, measures }.answer(options, wanted)
    }
}

/// What was replied before.
fn again(form: Form, kept: Bytes) -> Response {
    (Extension(Kept), whole(form, kept)).into_response()
}
