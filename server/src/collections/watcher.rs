//! The thread that looks for generations published by other processes, opens them and swaps the table of collections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError};
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::{Context, Error, Result};

use super::{Collections, Entry, Table};
use crate::background::Background;
use crate::error::Problem;

/// What is watched, and how.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) collections: Arc<Collections>,
    pub(crate) every: Duration,
}

impl Watch {
    /// Starts watching; the first look happens on the thread.
    pub(crate) fn start(self) -> std::io::Result<Background> {
        Background::start("watcher", move |context, stopped| self.run(context, stopped))
    }

    fn run(&self, context: &Context, stopped: &Receiver<()>) {
        let seen = &self.collections;
        loop {
            if let Err(error) = seen.read_aliases() {
                tracing::error!(%error, "the aliases cannot be read");
            }
            let table = seen.table.load_full();
            // A look only reads files and makes a new table, so nothing half-done is left by a panic.
            match catch_unwind(AssertUnwindSafe(|| self.look(context, &table))) {
                Ok(Ok(new)) => {
                    seen.take(&table, new);
                    seen.mapped.store(true, Ordering::Release);
                }
                Ok(Err(error)) => tracing::error!(%error, "the data folder cannot be read"),
                Err(_) => tracing::error!("looking for new generations panicked; trying again"),
            }
            if stopped.recv_timeout(self.every) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn look(&self, context: &Context, old: &Table) -> Result<Table> {
        let mut new = Table::new();
        for name in self.collections.store.names()? {
            let before = old.get(&name);
            let entry = match self.refreshed(context, &name, before) {
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

    fn refreshed(&self, context: &Context, name: &CollectionName, before: Option<&Entry>) -> Result<Entry> {
        // Taken before opening: a publication in between shows at the next look.
        let published = self.collections.store.stamp(name)?;
        if let Some(Entry::Serving { generation, stamp, failure }) = before
            && *stamp == published
        {
            if failure.is_some() {
                self.collections.settle(context, generation, None)?;
            }
            return Ok(Entry::Serving { generation: Arc::clone(generation), stamp: published, failure: None });
        }
        let generation = self.collections.store.open_generation(name)?;
        self.collections.settle(context, &generation, None)?;
        let number = generation.description().generation;
        tracing::info!(collection = name.as_str(), generation = number, "generation opened");
        Ok(Entry::Serving { generation: Arc::new(generation), stamp: published, failure: None })
    }
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
