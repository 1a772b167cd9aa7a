//! One file for each route.

pub(crate) mod aliases;
pub(crate) mod answer;
pub(crate) mod chat_completions;
pub(crate) mod collection;
pub(crate) mod collections;
pub(crate) mod compact;
pub(crate) mod create;
pub(crate) mod docs;
pub(crate) mod document;
pub(crate) mod documents;
pub(crate) mod embeddings;
pub(crate) mod encode;
pub(crate) mod filters_parse;
pub(crate) mod livez;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod openapi;
pub(crate) mod operation;
pub(crate) mod playground;
pub(crate) mod readyz;
pub(crate) mod rerank;
pub(crate) mod route;
pub(crate) mod search;
pub(crate) mod snapshot;
pub(crate) mod techniques;
pub(crate) mod tree;
pub(crate) mod version;

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use maxsimd_engine::collection::CollectionName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Instance;
use crate::error::{Code, Problem};
use crate::keys::Caller;
use crate::priority::lower;

/// A name in a path.
fn named(path: Result<Path<String>, PathRejection>) -> Result<CollectionName, Problem> {
    let refuse = |detail: String| Problem::new(Code::InvalidName, detail).at("collection");
    let Path(name) = path.map_err(|rejection| refuse(rejection.body_text()))?;
    CollectionName::parse(&name).map_err(|error| refuse(error.to_string()))
}

/// The collection that a path names, by its own name or an alias, if the caller may know of it.
fn collection_in(
    instance: &Instance,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<CollectionName, Problem> {
    let asked = named(path)?;
    let own = instance.collections.resolve(&asked);
    caller.check(&own, asked.as_str())?;
    Ok(own)
}

/// By how much threads that wait for the disk give way to others.
const NICENESS: i32 = 10;

/// A place among those who wait for the disk.
fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    let full = |_| Problem::new(Code::Overloaded, "too many changes at once").retry_after(1);
    Arc::clone(places).try_acquire_owned().map_err(full)
}

/// Work that waits for the disk, on a thread of its own; refused at once if there is too much of it.
async fn blocking<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let place = place(places)?;
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        // For good: such a thread does nothing else.
        lower(NICENESS);
        work()
    });
    done.await.unwrap_or_else(|_| Err(Problem::new(Code::Internal, "a defect of the daemon; its log has more")))
}
