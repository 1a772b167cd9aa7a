//! POST /v1/rerank, /v2/rerank and /rerank: documents ranked for a query.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::Problem;
use crate::observe::Arrived;
use crate::request_id::RequestId;
use crate::wire::{Form, RerankAsk, json};
use crate::{Instance, body, bulk, held};

pub(crate) async fn rerank(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let rank = move |models: &_, context: &_, ask| json(&bulk::rank(models, context, id.as_str(), ask)?);
    let done = instance.bulk.run::<RerankAsk>((received, arrived), rank).await?;
    held::reply(Form::Json, done, &instance.body_memory)
}
