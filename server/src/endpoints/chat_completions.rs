//! POST /v1/chat/completions: answers from collections for clients of OpenAI, whole or as a stream. What is streamed is
//! checked, so it comes when the answer is done.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use super::answer::{GRACE, Streamed, done, noted};
use crate::answers::Answered;
use crate::error::{Code, Failure, Problem};
use crate::http::observe::Arrived;
use crate::http::request_id::RequestId;
use crate::http::{body, sse};
use crate::keys::Caller;
use crate::openapi::{About, COLLECTIONS, ENCODES, Tag};
use crate::wire::{ChatAsk, ChatBody, ChatReply, Completion};
use crate::{Instance, Pending};

pub(crate) fn about() -> About {
    About::new("chat", Tag::OpenAi, "Answers as clients of OpenAI ask for them")
        .json_body::<ChatBody<'_>>()
        .json::<Completion<'_>>(200, "The answer; with `stream`, chunks that end with `[DONE]`.")
        .stream(200)
        .problems(ENCODES)
        .problems(COLLECTIONS)
        .problems(&[Code::ModelNotFound, Code::ModeUnavailable, Code::ScopeUnavailable])
}

pub(crate) async fn complete(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    Extension(Arrived(arrived)): Extension<Arrived>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let ChatAsk { model, ask, usage } = received.ask(|received| ChatAsk::parse(&received.bytes)).await?;
    let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let reply = ChatReply::new(id.as_str(), created, model);
    let (latest, stream) = (arrived + ask.deadline + GRACE, ask.stream);
    let noted = noted(instance.slow, &ask);
    if stream {
        let streamed = Streamed { route: "/v1/chat/completions", slow: instance.slow, noted, id, arrived };
        let pending = instance.answers.submit((ask, &caller), arrived, |_| ())?;
        return Ok(events((pending, latest), (reply, usage), streamed));
    }
    let replied = async {
        let pending = instance.answers.submit((ask, &caller), arrived, |_| ())?;
        let answered = done(pending, latest).await?;
        Ok::<_, Failure>((Extension(answered.timings), Json(reply.whole(answered.answer))))
    };
    Ok((noted.map(Extension), replied.await).into_response())
}

fn events(
    (pending, latest): (Pending<Result<Answered, Problem>>, Instant),
    (reply, usage): (ChatReply, bool),
    streamed: Streamed,
) -> Response {
    let first = sse::unnamed(&reply.first());
    let end = async move {
        let (answered, _) = streamed.end(done(pending, latest).await);
        let mut events: Vec<Event> = match answered {
            Ok(answered) => reply.rest(answered.answer, usage).iter().map(sse::unnamed).collect(),
            Err(problem) => vec![sse::unnamed(&json!(Failure(problem).body()))],
        };
        events.push(Event::default().data("[DONE]"));
        events
    };
    let (sink, events) = sse::channel();
    sink.first(first);
    sse::response(events, end)
}
