//! POST /v1/embeddings: one vector for each text, for clients of OpenAI.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::Failure;
use crate::observe::Arrived;
use crate::wire::{EmbeddingsAsk, Form, json};
use crate::{Instance, body, bulk, held};

pub(crate) async fn embeddings(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let embed = |models: &_, context: &_, ask| json(&bulk::embed(models, context, ask)?);
    let done = instance.bulk.run::<EmbeddingsAsk>((received, arrived), embed).await?;
    Ok(held::reply(Form::Json, done, &instance.body_memory)?)
}
