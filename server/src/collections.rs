//! The collections being served: one watcher thread looks for newly published generations, opens them and swaps
//! the table; requests keep the generation that they began with.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use maxsimd_engine::collection::{CollectionName, Generation, Stamp, Store};
use maxsimd_engine::{Error, Result};

use crate::error::{Code, Problem};
use crate::wire::{CollectionBody, FailureBody};

type Table = BTreeMap<CollectionName, Entry>;

/// One collection at one moment.
#[derive(Debug, Clone)]
enum Entry {
    /// A generation is served; `failure` says why a newer one is not.
    Serving { generation: Arc<Generation>, stamp: Stamp, failure: Option<Problem> },
    /// None could be opened yet.
    Failed(Problem),
}

/// All collections of a store, as last seen.
#[derive(Debug, Default)]
pub(crate) struct Collections {
    table: ArcSwap<Table>,
    mapped: AtomicBool,
}

/// The thread that keeps collections up to date. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts watching a store; the first look happens on the thread.
    pub(crate) fn start(store: Store, collections: Arc<Collections>, every: Duration) -> std::io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let body = move || watch(&store, &collections, every, &stopped);
        let thread = std::thread::Builder::new().name("watcher".into()).spawn(body)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It catches panics; there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

impl Collections {
    /// Whether all collections have been looked at once.
    pub(crate) fn mapped(&self) -> bool {
        self.mapped.load(Ordering::Acquire)
    }

    /// The generation of a collection that is served now.
    pub(crate) fn generation(&self, name: &CollectionName) -> Result<Arc<Generation>, Problem> {
        match self.entry(name)? {
            Entry::Serving { generation, .. } => Ok(generation),
            Entry::Failed(why) => Err(Problem::new(Code::CollectionUnavailable, why.detail).retry_after(5)),
        }
    }

    /// A collection as clients see it.
    pub(crate) fn describe(&self, name: &CollectionName) -> Result<CollectionBody, Problem> {
        Ok(self.entry(name)?.describe(name))
    }

    /// All collections as clients see them, by name.
    pub(crate) fn describe_all(&self) -> Vec<CollectionBody> {
        self.table.load().iter().map(|(name, entry)| entry.describe(name)).collect()
    }

    /// Names of collections whose newest generation cannot be served.
    pub(crate) fn failing(&self) -> Vec<String> {
        let table = self.table.load();
        table.iter().filter(|(_, entry)| entry.failure().is_some()).map(|(name, _)| name.as_str().to_owned()).collect()
    }

    /// Number of collections.
    pub(crate) fn count(&self) -> usize {
        self.table.load().len()
    }

    fn entry(&self, name: &CollectionName) -> Result<Entry, Problem> {
        if !self.mapped() {
            let starting = Problem::new(Code::CollectionUnavailable, "the daemon is still opening its collections");
            return Err(starting.retry_after(1));
        }
        let missing = || Error::CollectionNotFound { name: name.as_str().to_owned() };
        Ok(self.table.load().get(name).cloned().ok_or_else(missing)?)
    }
}

fn watch(store: &Store, seen: &Collections, every: Duration, stopped: &Receiver<()>) {
    loop {
        let table = seen.table.load_full();
        // A look only reads files and makes a new table, so nothing half-done is left by a panic.
        match catch_unwind(AssertUnwindSafe(|| look(store, &table))) {
            Ok(Ok(new)) => {
                seen.table.store(Arc::new(new));
                seen.mapped.store(true, Ordering::Release);
            }
            Ok(Err(error)) => tracing::error!(%error, "the data folder cannot be read"),
            Err(_) => tracing::error!("looking for new generations panicked; trying again"),
        }
        if stopped.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn look(store: &Store, old: &Table) -> Result<Table> {
    let mut new = Table::new();
    for name in store.names()? {
        let before = old.get(&name);
        let entry = match refreshed(store, &name, before) {
            Ok(entry) => entry,
            // It went away between the two calls.
            Err(Error::CollectionNotFound { .. }) => continue,
            Err(error) => failed(&name, before, error),
        };
        new.insert(name, entry);
    }
    for gone in old.keys().filter(|name| !new.contains_key(name)) {
        tracing::info!(collection = gone.as_str(), "collection removed");
    }
    Ok(new)
}

fn refreshed(store: &Store, name: &CollectionName, before: Option<&Entry>) -> Result<Entry> {
    // Taken before opening: a publication in between shows at the next look.
    let published = store.stamp(name)?;
    if let Some(Entry::Serving { generation, stamp, .. }) = before
        && *stamp == published
    {
        return Ok(Entry::Serving { generation: Arc::clone(generation), stamp: published, failure: None });
    }
    let generation = Arc::new(store.open_generation(name)?);
    let number = generation.description().generation;
    tracing::info!(collection = name.as_str(), generation = number, "generation opened");
    Ok(Entry::Serving { generation, stamp: published, failure: None })
}

/// Keeps what was served; says what is wrong once, not at every look.
fn failed(name: &CollectionName, before: Option<&Entry>, error: Error) -> Entry {
    let failure = Problem::from(error);
    let known = before.and_then(Entry::failure).is_some_and(|old| old.cause == failure.cause);
    if !known {
        let cause = failure.cause.as_deref().unwrap_or(&failure.detail);
        tracing::error!(collection = name.as_str(), cause, "generation cannot be opened");
    }
    match before.cloned() {
        Some(Entry::Serving { generation, stamp, .. }) => Entry::Serving { generation, stamp, failure: Some(failure) },
        _ => Entry::Failed(failure),
    }
}

impl Entry {
    fn failure(&self) -> Option<&Problem> {
        match self {
            Self::Serving { failure, .. } => failure.as_ref(),
            Self::Failed(failure) => Some(failure),
        }
    }

    fn describe(&self, name: &CollectionName) -> CollectionBody {
        match self {
            Self::Serving { generation, failure, .. } => CollectionBody::Serving {
                description: generation.description().clone(),
                failure: failure.as_ref().map(FailureBody::from),
            },
            Self::Failed(failure) => CollectionBody::Failed { name: name.as_str().to_owned(), failure: failure.into() },
        }
    }
}
