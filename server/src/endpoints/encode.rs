//! POST /v1/encode: token vectors of texts.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use crate::error::Problem;
use crate::http::body::Received;
use crate::http::observe::Arrived;
use crate::openapi::{About, ENCODES, Tag};
use crate::wire::{EncodeAsk, EncodeBody, EncodeReply, Form};
use crate::{Instance, bulk};

pub(crate) fn about() -> About {
    About::new("encode", Tag::Search, "Token vectors of texts")
        .body::<EncodeBody>()
        .reply::<EncodeReply>(200, "The vectors of each text.")
        .problems(ENCODES)
}

pub(crate) async fn encode(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    form: Form,
    received: Received,
) -> Result<Response, Problem> {
    let encode = move |models: &_, context: &_, ask| form.write(&bulk::encode(models, context, ask)?);
    let done = instance.bulk.run::<EncodeAsk>((received, arrived), encode).await?;
    Ok(done.reply(form))
}
