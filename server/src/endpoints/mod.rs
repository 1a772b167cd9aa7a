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
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use maxsimd_engine::Context;
use maxsimd_engine::collection::CollectionName;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Code, Problem};
use crate::keys::Caller;
use crate::writers::{PAUSE_SECONDS, Writer};
use crate::{Instance, Lost};

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

/// What a collection is written by, if it is: that knows what was acknowledged last.
async fn newest(instance: &Instance, name: &CollectionName) -> Result<Option<Arc<Writer>>, Problem> {
    let unknown = |detail, seconds| Err(Problem::new(Code::CollectionUnavailable, detail).retry_after(seconds));
    if !instance.recovery.looked() {
        return unknown("the daemon is still looking for what its logs have to be replayed", 1);
    }
    if !instance.recovery.failed(&instance.writers).contains(name) {
        return Ok(instance.writers.opened(name));
    }
    let lost = || unknown("what was acknowledged last cannot be read back; the daemon's log has more", PAUSE_SECONDS);
    if !instance.recovery.tries_again(name) {
        return lost();
    }
    // Who else had the log may be done with it, or the file be in order again.
    let (writers, own) = (Arc::clone(&instance.writers), name.clone());
    match reading(instance, move |_| writers.writer(&own)).await {
        Ok(writer) => Ok(Some(writer)),
        Err(problem) if problem.code == Code::Overloaded => Err(problem),
        Err(problem) => {
            tracing::warn!(collection = name.as_str(), detail = problem.detail, "the log still cannot be replayed");
            lost()
        }
    }
}

/// Work that changes something and waits for the disk, refused at once if there is too much of it. The flag is raised once nobody waits
/// for its end.
async fn changing<T: Send + 'static>(
    instance: &Instance,
    work: impl FnOnce(&Arc<AtomicBool>) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let full = |_| Problem::new(Code::Overloaded, "too many changes at once").retry_after(1);
    let pending = instance.changes.try_submit(move |ticket| work(&ticket.cancelled)).map_err(full)?;
    // No shorter than any request is.
    match pending.until(Instant::now() + instance.limits.total_timeout).await {
        Ok(done) => done,
        Err(Lost::Late) => {
            Err(Problem::new(Code::DeadlineExceeded, "this took longer than the daemon lets any request"))
        }
        Err(Lost::Panicked) => Err(Problem::defect()),
    }
}

/// Work that reads what may not be in memory; refused at once if there is too much of it. It has the time of a search.
async fn reading<T: Send + 'static>(
    instance: &Instance,
    work: impl FnOnce(&Context) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let place = read_place(instance)?;
    let given_up = GivenUp::default();
    let context = Context::until(Instant::now() + instance.limits.deadline).cancelled_by(Arc::clone(&given_up.0));
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        work(&context)
    });
    done.await.unwrap_or_else(|_| Err(Problem::defect()))
}

fn read_place(instance: &Instance) -> Result<OwnedSemaphorePermit, Problem> {
    let full = |_| Problem::new(Code::Overloaded, "too many reads at once").retry_after(1);
    Arc::clone(&instance.reads).try_acquire_owned().map_err(full)
}

/// Says so once nobody waits for the reply any more.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
