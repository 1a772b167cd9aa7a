//! POST /v1/collections/{collection}/compact: merges all small segments, purges what is deleted, and mends the tree across
//! documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maxsimd_engine::Context;

use super::{blocking, collection_in};
use crate::Instance;
use crate::error::Problem;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, ENCODES, Tag, WRITES};
use crate::wire::{CollectionBody, Form};

/// Says so once nobody waits for the reply any more.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

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
    let (writers, called) = (Arc::clone(&instance.writers), name.clone());
    let given_up = GivenUp::default();
    let context = Context::unbounded().cancelled_by(Arc::clone(&given_up.0));
    let compacted = blocking(&instance.writers.places, move || writers.writer(&called)?.compact_all(&context));
    compacted.await?;
    Ok(Reply(form, instance.collections.describe(&name)?))
}
