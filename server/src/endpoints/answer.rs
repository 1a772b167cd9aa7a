//! POST /v1/answer: a question, answered in one piece or as events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::body::Received;
use crate::error::{Code, Problem};
use crate::observe::Arrived;
use crate::reply::Reply;
use crate::request_id::RequestId;
use crate::sse;
use crate::wire::{AnswerAsk, AnswerReply, Form, ProblemBody, event};
use crate::{Instance, Lost, Pending};

/// What an answer gets after its deadline to end by itself.
pub(super) const GRACE: Duration = Duration::from_secs(1);

pub(crate) async fn answer(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    Extension(id): Extension<RequestId>,
    form: Form,
    received: Received,
) -> Result<Response, Problem> {
    let ask: AnswerAsk = received.parse()?;
    // Its share of memory is for others while the answer waits.
    drop(received);
    let (latest, trace) = (arrived + ask.deadline + GRACE, ask.trace);
    if !ask.stream {
        let pending = instance.answers.submit(ask, arrived, |_| ())?;
        let answered = done(pending, latest).await?;
        let mut response = Reply(form, AnswerReply::new(answered.answer, trace)).into_response();
        response.extensions_mut().insert(answered.timings);
        return Ok(response);
    }
    let (sink, events) = sse::channel();
    let tell = move |happened: maxsimd_engine::answer::Event<'_>| {
        let (name, data) = event(happened);
        sink.tell(sse::named(name, &data));
    };
    let pending = instance.answers.submit(ask, arrived, tell)?;
    let end = async move {
        vec![match done(pending, latest).await {
            Ok(answered) => sse::named("done", &AnswerReply::new(answered.answer, trace)),
            Err(problem) => {
                log(&problem, &id);
                sse::named("error", &ProblemBody::new(&problem, id.as_str()))
            }
        }]
    };
    Ok(sse::response(events, end))
}

/// The full story of a failure that comes after the reply's head.
pub(super) fn log(problem: &Problem, id: &RequestId) {
    if let Some(cause) = &problem.cause {
        tracing::error!(code = problem.code.name(), cause, id = id.as_str(), "answer failed");
    }
}

/// Waits for an answer.
pub(super) async fn done<T>(pending: Pending<Result<T, Problem>>, latest: Instant) -> Result<T, Problem> {
    match pending.until(latest).await {
        Ok(answered) => answered,
        Err(Lost::Late) => Err(Problem::new(Code::DeadlineExceeded, "the time was over before there was an answer")),
        Err(Lost::Panicked) => Err(Problem::new(Code::Internal, "a defect of the daemon; its log has more")),
    }
}
