//! POST /v1/embeddings: one vector for each text, for clients of OpenAI.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::Failure;
use crate::http::body;
use crate::http::observe::Arrived;
use crate::openapi::{About, ENCODES, Tag};
use crate::wire::{EmbeddingsAsk, EmbeddingsBody, EmbeddingsReply, Form, json};
use crate::{Instance, bulk};

pub(crate) fn about() -> About {
    About::new("embeddings", Tag::OpenAi, "One vector for each text, as clients of OpenAI ask for them")
        .json_body::<EmbeddingsBody>()
        .json::<EmbeddingsReply>(200, "The vectors.")
        .problems(ENCODES)
}

pub(crate) async fn embeddings(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let embed = |models: &_, context: &_, ask| json(&bulk::embed(models, context, ask)?);
    let done = instance.bulk.run::<EmbeddingsAsk>((received, arrived), embed).await?;
    Ok(done.reply(Form::Json))
}
