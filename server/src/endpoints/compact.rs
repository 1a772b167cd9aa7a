//! POST /v1/collections/{collection}/compact: merges all small segments, purges what is deleted, and mends the tree across
//! documents.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maxsimd_engine::Context;

use super::{changing, collection_in};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, ENCODES, Tag, WRITES};
use crate::wire::{CollectionBody, Form};

pub(crate) fn about() -> About {
    About::new(
        "compact",
        Tag::Collections,
        "Merges all small segments, purges what is deleted, mends the tree across documents",
    )
    .collection()
    .reply::<CollectionBody>(200, "It is done; the description.")
    .problems(WRITES)
    .problems(ENCODES)
}

pub(crate) async fn compact(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    path: Result<Path<String>, PathRejection>,
) -> Result<Reply<CollectionBody>, Problem> {
    let name = collection_in(&instance, &caller, path)?;
    instance.collections.generation(&name)?;
    let full = |_| Problem::new(Code::Overloaded, "too many compactions at once").retry_after(5);
    let place = Arc::clone(&instance.compactions).try_acquire_owned().map_err(full)?;
    let (writers, called) = (Arc::clone(&instance.writers), name.clone());
    let compacted = changing(&instance, move |cancelled| {
        let _place = place;
        writers.writer(&called)?.compact_all(&Context::unbounded().cancelled_by(Arc::clone(cancelled)))
    });
    compacted.await?;
    Ok(Reply(form, instance.collections.describe(&name)?))
}
