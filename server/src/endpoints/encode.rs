//! POST /v1/encode: token vectors of texts.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::Problem;
use crate::observe::Arrived;
use crate::wire::EncodeAsk;
use crate::{Instance, body, bulk, held};

pub(crate) async fn encode(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let done = instance.bulk.run::<EncodeAsk, _>((received, arrived), bulk::encode).await?;
    held::reply(done, &instance.body_memory)
}
