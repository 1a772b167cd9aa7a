//! POST /v1/answer: a question, answered in one piece or as events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maxsimd_engine::collection::CollectionName;

use crate::answers::Answered;
use crate::error::{Code, Problem};
use crate::http::body::Received;
use crate::http::observe::Arrived;
use crate::http::reply::Reply;
use crate::http::request_id::RequestId;
use crate::http::sse;
use crate::keys::Caller;
use crate::log::{Ended, Noted, Slow};
use crate::openapi::{About, COLLECTIONS, ENCODES, Tag};
use crate::wire::{AnswerAsk, AnswerBody, AnswerReply, Form, ProblemBody, event};
use crate::{Instance, Lost, Pending};

/// What an answer gets after its deadline to end by itself.
pub(super) const GRACE: Duration = Duration::from_secs(1);

pub(crate) fn about() -> About {
    About::new("answer", Tag::Answers, "Answers a question with citations")
        .body::<AnswerBody<'_>>()
        .reply::<AnswerReply>(200, "The answer; with `stream`, events that end with `done` or `error`.")
        .stream(200)
        .problems(ENCODES)
        .problems(COLLECTIONS)
        .problems(&[Code::ModeUnavailable, Code::ScopeUnavailable])
}

pub(crate) async fn answer(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    Extension(Arrived(arrived)): Extension<Arrived>,
    Extension(id): Extension<RequestId>,
    form: Form,
    received: Received,
) -> Result<Response, Problem> {
    let ask: AnswerAsk = received.ask(Received::parse).await?;
    let (latest, trace) = (arrived + ask.deadline + GRACE, ask.trace);
    let noted = noted(instance.slow, &ask);
    if !ask.stream {
        let replied = async {
            let pending = instance.answers.submit((ask, &caller), arrived, |_| ())?;
            let answered = done(pending, latest).await?;
            let reply = Reply(form, AnswerReply::new(answered.answer, trace));
            Ok::<_, Problem>((Extension(answered.timings), reply))
        };
        return Ok((noted.map(Extension), replied.await).into_response());
    }
    let streamed = Streamed { route: "/v1/answer", slow: instance.slow, noted, id, arrived };
    let (sink, events) = sse::channel();
    let tell = move |happened: maxsimd_engine::answer::Event<'_>| {
        let (name, data) = event(happened);
        sink.tell(sse::named(name, &data));
    };
    let pending = instance.answers.submit((ask, &caller), arrived, tell)?;
    let end = async move {
        let (answered, id) = streamed.end(done(pending, latest).await);
        vec![match answered {
            Ok(answered) => sse::named("done", &AnswerReply::new(answered.answer, trace)),
            Err(problem) => sse::named("error", &ProblemBody::new(&problem, id.as_str())),
        }]
    };
    Ok(sse::response(events, end))
}

/// For the log of slow requests.
pub(super) fn noted(slow: Slow, ask: &AnswerAsk) -> Option<Noted> {
    let names: Vec<&str> = ask.collections.iter().map(CollectionName::as_str).collect();
    slow.note(&names, (ask.technique.name(), ask.request.k), || ask.request.question.clone())
}

/// An answer as a stream, whose end comes after the reply's head and so after what is around every request.
pub(super) struct Streamed {
    pub(super) route: &'static str,
    pub(super) slow: Slow,
    pub(super) noted: Option<Noted>,
    pub(super) id: RequestId,
    pub(super) arrived: Instant,
}

impl Streamed {
    /// Logs what there is to log of what came of it.
    pub(super) fn end(self, answered: Result<Answered, Problem>) -> (Result<Answered, Problem>, RequestId) {
        let Self { route, slow, noted, id, arrived } = self;
        if let Err(Problem { code, cause: Some(cause), .. }) = &answered {
            tracing::error!(code = code.name(), cause, id = id.as_str(), "answer failed");
        }
        let ended = Ended {
            method: &Method::POST,
            route,
            status: answered.as_ref().map_or_else(Problem::status, |_| StatusCode::OK).as_u16(),
            key: None,
            id: id.as_str(),
            spent: arrived.elapsed(),
            timings: answered.as_ref().ok().map(|answered| &answered.timings),
        };
        slow.tell(&ended, noted);
        (answered, id)
    }
}

/// Waits for an answer.
pub(super) async fn done<T>(pending: Pending<Result<T, Problem>>, latest: Instant) -> Result<T, Problem> {
    match pending.until(latest).await {
        Ok(answered) => answered,
        Err(Lost::Late) => Err(Problem::new(Code::DeadlineExceeded, "the time was over before there was an answer")),
        Err(Lost::Panicked) => Err(Problem::defect()),
    }
}
