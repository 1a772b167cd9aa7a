//! The collections being served, as a table that is swapped whole; requests keep the generation that they began with.

mod watcher;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use maxsimd_engine::Error;
use maxsimd_engine::collection::{CollectionName, Generation, Stamp};

use crate::error::{Code, Problem};
use crate::wire::{CollectionBody, FailureBody};
pub(crate) use watcher::{Watch, Watcher};

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

    /// Whether there is a collection that is not served because it cannot be locked in memory.
    pub(crate) fn unlocked(&self) -> bool {
        let unlocked = |entry: &Entry| matches!(entry, Entry::Failed(why) if why.code == Code::MemoryNotLocked);
        self.table.load().values().any(unlocked)
    }

    /// Whether there is such a collection, servable or not.
    pub(crate) fn has(&self, name: &CollectionName) -> bool {
        self.table.load().contains_key(name)
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
                description: Box::new(generation.description().clone()),
                failure: failure.as_ref().map(FailureBody::from),
            },
            Self::Failed(failure) => CollectionBody::Failed { name: name.as_str().to_owned(), failure: failure.into() },
        }
    }
}
