//! POST /v1/route: which of several collections a question is for.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};

use super::answer::{GRACE, done};
use crate::error::Problem;
use crate::observe::Arrived;
use crate::wire::{RouteAsk, RouteReply};
use crate::{Instance, body};

pub(crate) async fn route(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RouteReply>, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let RouteAsk { ask, options } = RouteAsk::parse(&received.bytes)?;
    drop(received);
    let latest = arrived + ask.deadline + GRACE;
    let pending = instance.answers.route((ask, options), arrived)?;
    let (routed, usage) = done(pending, latest).await?;
    Ok(Json(RouteReply::new(routed, usage)))
}
