//! GET /v1/collections/{collection}.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::collection_in;
use crate::Instance;
use crate::error::Problem;
use crate::reply::Reply;
use crate::wire::{CollectionBody, Form};

pub(crate) async fn describe(
    State(instance): State<Arc<Instance>>,
    form: Form,
    path: Result<Path<String>, PathRejection>,
) -> Result<Reply<CollectionBody>, Problem> {
    Ok(Reply(form, instance.collections.describe(&collection_in(&instance, path)?)?))
}
