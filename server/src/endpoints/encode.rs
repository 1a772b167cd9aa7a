//! POST /v1/encode: token vectors of texts.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use crate::body::Received;
use crate::error::Problem;
use crate::observe::Arrived;
use crate::wire::{EncodeAsk, Form};
use crate::{Instance, bulk, held};

pub(crate) async fn encode(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    form: Form,
    received: Received,
) -> Result<Response, Problem> {
    let encode = move |models: &_, context: &_, ask| form.write(&bulk::encode(models, context, ask)?);
    let done = instance.bulk.run::<EncodeAsk>((received, arrived), encode).await?;
    held::reply(form, done, &instance.body_memory)
}
