//! The collections being served, as a table that is swapped whole; requests keep the generation that they began with.

mod watcher;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use maxsimd_engine::collection::{CollectionName, Generation, Stamp, Store};
use maxsimd_engine::live::LiveCollection;
use maxsimd_engine::{Context, Error};

use crate::config::Memory;
use crate::error::{Code, Problem};
use crate::wire::{CollectionBody, FailureBody};
pub(crate) use watcher::Watch;

type Table = BTreeMap<CollectionName, Entry>;
/// Aliases and the collections that they stand for.
type Aliases = BTreeMap<CollectionName, CollectionName>;

/// One collection at one moment.
#[derive(Debug, Clone)]
enum Entry {
    /// A generation is served; `failure` says why a newer one is not.
    Serving { generation: Arc<Generation>, stamp: Stamp, failure: Option<Problem> },
    /// None could be opened yet.
    Failed(Problem),
}

/// All collections of a store, as last seen.
#[derive(Debug)]
pub(crate) struct Collections {
    pub(crate) store: Store,
    table: ArcSwap<Table>,
    aliases: ArcSwap<Aliases>,
    /// Held to change the table.
    changing: Mutex<()>,
    memory: Memory,
    mapped: AtomicBool,
}

impl Collections {
    pub(crate) fn new(store: Store, memory: Memory) -> Self {
        Self {
            store,
            memory,
            table: ArcSwap::default(),
            aliases: ArcSwap::default(),
            changing: Mutex::default(),
            mapped: AtomicBool::default(),
        }
    }

    /// Serves the newest generation of a collection that is written to here: also if it cannot be locked in memory, for
    /// what it holds was acknowledged.
    pub(crate) fn publish(&self, context: &Context, live: &LiveCollection) {
        let before = self.generation(live.name()).ok();
        let early = live.generation();
        let settled = self.settle(context, &early, before.as_deref());
        let _changing = self.changing();
        // Another may have its name by now.
        if live.dropped() {
            return;
        }
        // Taken before the generation: what is published in between shows at the next look.
        let Ok(stamp) = self.store.stamp(live.name()) else { return };
        // Read again: another thread may have published, and the newest is to be served.
        let generation = live.generation();
        let failure = settled.and_then(|()| self.settle(context, &generation, Some(&early))).err().map(Problem::from);
        let mut table = Table::clone(&self.table.load());
        table.insert(live.name().clone(), Entry::Serving { generation, stamp, failure });
        self.table.store(Arc::new(table));
    }

    /// Has a generation in memory before it is served, as far as that is wanted and not done for the one before it.
    fn settle(&self, context: &Context, generation: &Generation, before: Option<&Generation>) -> Result<(), Error> {
        if self.memory.lock {
            generation.lock(before)?;
        }
        if self.memory.preload
            && let Err(error) = generation.preload(context, before)
        {
            // What is sound can be searched, as it would be without reading it beforehand.
            let collection = generation.description().name.as_str();
            tracing::warn!(collection, %error, "preloading stopped");
        }
        Ok(())
    }

    /// Serves a collection no more.
    pub(crate) fn forget(&self, name: &CollectionName) {
        let _changing = self.changing();
        let mut table = Table::clone(&self.table.load());
        table.remove(name);
        self.table.store(Arc::new(table));
    }

    /// Takes what a look found, but for collections that changed since it began.
    fn take(&self, before: &Table, found: Table) {
        let _changing = self.changing();
        let now = self.table.load();
        let mut table = found;
        for name in before.keys().chain(now.keys()) {
            match (before.get(name), now.get(name)) {
                (Some(before), Some(now)) if before.is(now) => {}
                (None, None) => {}
                (_, Some(now)) => drop(table.insert(name.clone(), now.clone())),
                (_, None) => drop(table.remove(name)),
            }
        }
        self.table.store(Arc::new(table));
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all collections have been looked at once.
    pub(crate) fn mapped(&self) -> bool {
        self.mapped.load(Ordering::Acquire)
    }

    /// The collection that a name or an alias stands for.
    pub(crate) fn resolve(&self, name: &CollectionName) -> CollectionName {
        match self.has(name) {
            true => name.clone(),
            false => self.aliases.load().get(name).unwrap_or(name).clone(),
        }
    }

    /// All aliases.
    pub(crate) fn aliases(&self) -> Arc<Aliases> {
        self.aliases.load_full()
    }

    /// Reads the aliases anew.
    pub(crate) fn read_aliases(&self) -> maxsimd_engine::Result<()> {
        let _changing = self.changing();
        self.aliases.store(Arc::new(self.store.aliases()?));
        Ok(())
    }

    /// Generations that are served now.
    pub(crate) fn serving(&self) -> Vec<Arc<Generation>> {
        let generation = |entry: &Entry| match entry {
            Entry::Serving { generation, .. } => Some(Arc::clone(generation)),
            Entry::Failed(_) => None,
        };
        self.table.load().values().filter_map(generation).collect()
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

    /// The collections that pass, as clients see them, by name.
    pub(crate) fn describe_all(&self, passes: impl Fn(&CollectionName) -> bool) -> Vec<CollectionBody> {
        let table = self.table.load();
        table.iter().filter(|(name, _)| passes(name)).map(|(name, entry)| entry.describe(name)).collect()
    }

    /// Names of collections whose newest generation cannot be served.
    pub(crate) fn failing(&self) -> Vec<CollectionName> {
        let table = self.table.load();
        table.iter().filter(|(_, entry)| entry.failure().is_some()).map(|(name, _)| name.clone()).collect()
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
    /// Whether this is the same thing served.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Serving { generation, .. }, Self::Serving { generation: other, .. }) => {
                Arc::ptr_eq(generation, other)
            }
            (Self::Failed(_), Self::Failed(_)) => true,
            _ => false,
        }
    }

    fn failure(&self) -> Option<&Problem> {
        match self {
            Self::Serving { failure, .. } => failure.as_ref(),
            Self::Failed(failure) => Some(failure),
        }
    }

    fn describe(&self, name: &CollectionName) -> CollectionBody {
        match self {
            Self::Serving { generation, failure, .. } => {
                CollectionBody::serving(generation.description().clone(), failure.as_ref().map(FailureBody::from))
            }
            Self::Failed(failure) => CollectionBody::failed(name.as_str(), failure.into()),
        }
    }
}
