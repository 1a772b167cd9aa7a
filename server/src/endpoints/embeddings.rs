//! POST /v1/embeddings: one vector for each text, for clients of OpenAI.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::Failure;
use crate::observe::Arrived;
use crate::wire::EmbeddingsAsk;
use crate::{Instance, body, bulk, held};

pub(crate) async fn embeddings(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let done = instance.bulk.run::<EmbeddingsAsk, _>((received, arrived), bulk::embed).await?;
    Ok(held::reply(done, &instance.body_memory)?)
}
