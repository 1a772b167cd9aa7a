//! POST /v1/route: which of several collections a question is for.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::answer::{GRACE, done};
use crate::Instance;
use crate::error::Problem;
use crate::http::body::Received;
use crate::http::observe::Arrived;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, COLLECTIONS, ENCODES, Tag};
use crate::wire::{Form, RouteAsk, RouteBody, RouteReply};

pub(crate) fn about() -> About {
    About::new("route", Tag::Answers, "Which of several collections a question is for")
        .body::<RouteBody<'_>>()
        .reply::<RouteReply>(200, "Those that it is for.")
        .problems(ENCODES)
        .problems(COLLECTIONS)
}

pub(crate) async fn route(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    Extension(Arrived(arrived)): Extension<Arrived>,
    form: Form,
    received: Received,
) -> Result<Reply<RouteReply>, Problem> {
    let RouteAsk { ask, routing } = received.ask(Received::parse).await?;
    let latest = arrived + ask.deadline + GRACE;
    let pending = instance.answers.route((ask, routing), &caller, arrived)?;
    let (routed, usage) = done(pending, latest).await?;
    Ok(Reply(form, RouteReply::new(routed, usage)))
}
