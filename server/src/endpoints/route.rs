//! POST /v1/route: which of several collections a question is for.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::answer::{GRACE, done};
use crate::Instance;
use crate::body::Received;
use crate::error::Problem;
use crate::observe::Arrived;
use crate::reply::Reply;
use crate::wire::{Form, RouteAsk, RouteReply};

pub(crate) async fn route(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    form: Form,
    received: Received,
) -> Result<Reply<RouteReply>, Problem> {
    let RouteAsk { ask, options } = received.parse()?;
    drop(received);
    let latest = arrived + ask.deadline + GRACE;
    let pending = instance.answers.route((ask, options), arrived)?;
    let (routed, usage) = done(pending, latest).await?;
    Ok(Reply(form, RouteReply::new(routed, usage)))
}
