//! GET /v1/collections/{collection}.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::collection_in;
use crate::Instance;
use crate::error::Problem;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, Tag};
use crate::wire::{CollectionBody, Form};

pub(crate) fn about() -> About {
    About::new("describe_collection", Tag::Collections, "Describes a collection")
        .collection()
        .reply::<CollectionBody>(200, "The description.")
}

pub(crate) async fn describe(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    path: Result<Path<String>, PathRejection>,
) -> Result<Reply<CollectionBody>, Problem> {
    Ok(Reply(form, instance.collections.describe(&collection_in(&instance, &caller, path)?)?))
}
