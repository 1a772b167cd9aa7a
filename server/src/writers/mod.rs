//! Collections that are written to: each is opened for writing at its first change (or at the start, if its log has
//! something to replay), and has four threads from then on, which apply, compact, route and mend.

mod applier;
mod compactor;
mod mender;
mod recovery;
mod router;
mod threads;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use maxsimd_engine::Context;
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::live::{Change, LiveCollection, NewCollection, OperationState, Receipt};
use tokio::sync::watch;

use crate::collections::Collections;
use crate::encoder::EncoderSlot;
use crate::error::{Code, Problem};
use crate::metrics::Metrics;
pub(crate) use recovery::{PAUSE_SECONDS, Recovery};
use threads::Threads;

/// All collections that are open for writing.
#[derive(Debug)]
pub(crate) struct Writers {
    store: Store,
    shared: Shared,
    /// Locked for a look or a change of one entry, never for longer: async threads look, too.
    open: Mutex<BTreeMap<CollectionName, Arc<Writer>>>,
    /// Locked by who opens or drops a collection, while that takes.
    opening: Mutex<()>,
}

/// What the threads of all writers use.
#[derive(Debug, Clone)]
struct Shared {
    collections: Arc<Collections>,
    encoder: Arc<EncoderSlot>,
    metrics: Arc<Metrics>,
}

/// One collection that is open for writing. Dropping the last handle ends its threads.
#[derive(Debug)]
pub(crate) struct Writer {
    live: Arc<LiveCollection>,
    /// Counts what is settled: applied, or failed for good.
    settled: watch::Sender<u64>,
    threads: Threads,
    shared: Shared,
}

impl Writers {
    pub(crate) fn new(
        store: Store,
        collections: Arc<Collections>,
        encoder: Arc<EncoderSlot>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let shared = Shared { collections, encoder, metrics };
        Self { store, shared, open: Mutex::default(), opening: Mutex::default() }
    }

    /// The writer of a collection, opened if it is not. Waits for the disk.
    pub(crate) fn writer(&self, name: &CollectionName) -> Result<Arc<Writer>, Problem> {
        if let Some(writer) = self.opened(name) {
            return Ok(writer);
        }
        let _opening = self.alone();
        match self.opened(name) {
            Some(writer) => Ok(writer),
            None => self.open(name),
        }
    }

    /// Opens a collection that is not open; the caller is alone in that.
    fn open(&self, name: &CollectionName) -> Result<Arc<Writer>, Problem> {
        let live = Arc::new(LiveCollection::open(&self.store, name)?);
        let writer = Arc::new(Writer::start(live, self.shared.clone())?);
        let before = self.table().insert(name.clone(), Arc::clone(&writer));
        drop(before);
        tracing::info!(collection = name.as_str(), "open for writing");
        Ok(writer)
    }

    /// The writer of a collection, if it is open.
    pub(crate) fn opened(&self, name: &CollectionName) -> Option<Arc<Writer>> {
        self.table().get(name).cloned()
    }

    /// Creates a collection, to be searched and written to at once.
    pub(crate) fn create(&self, name: &CollectionName, new: NewCollection) -> Result<(), Problem> {
        // One of that name that is being dropped is gone altogether, or there still.
        let opening = self.alone();
        self.store.create(name, new)?;
        let writer = self.open(name)?;
        drop(opening);
        writer.show(&Context::unbounded());
        Ok(())
    }

    /// Drops a collection. Searches in flight keep what they have.
    pub(crate) fn drop_collection(&self, name: &CollectionName) -> Result<(), Problem> {
        let _opening = self.alone();
        let opened = self.opened(name);
        let dropped = match &opened {
            Some(writer) => writer.live.drop_from(&self.store),
            None => self.store.drop_collection(name),
        };
        // What is refused goes on being written to; what is gone is gone, though the disk may not have it yet.
        if dropped.is_ok() || opened.as_ref().is_some_and(|writer| writer.live.dropped()) {
            let writer = self.table().remove(name);
            // Waits for its threads, and the table not for that.
            drop((writer, opened));
            self.shared.collections.forget(name);
        }
        Ok(dropped?)
    }

    /// Changes aliases, to be followed at once.
    pub(crate) fn change_aliases<T>(
        &self,
        change: impl FnOnce(&Store) -> maxsimd_engine::Result<T>,
    ) -> Result<T, Problem> {
        let changed = change(&self.store)?;
        self.shared.collections.read_aliases()?;
        Ok(changed)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<CollectionName, Arc<Writer>>> {
        // Every change of it is one insertion or removal.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    fn start(live: Arc<LiveCollection>, shared: Shared) -> Result<Self, Problem> {
        let (settled, _) = watch::channel(live.applied());
        let threads = Threads::start(&live, &settled, &shared).map_err(|error| Problem {
            cause: Some(error.to_string()),
            ..Problem::new(Code::Internal, "the system gives no threads")
        })?;
        Ok(Self { live, settled, threads, shared })
    }

    pub(crate) fn live(&self) -> &LiveCollection {
        &self.live
    }

    /// Makes a change durable and has it applied. Waits for the disk.
    pub(crate) fn submit(&self, change: Change, key: Option<&str>) -> Result<Receipt, Problem> {
        if LiveCollection::needs_encoder(&change) {
            let encoder = self.shared.encoder.get()?;
            let id = EncoderId::of(&*encoder);
            let generation = self.live.generation();
            generation.check_encoder(&id)?;
            if encoder.width() != generation.description().width {
                let detail = "the daemon's encoder has another width than the collection: give documents as vectors";
                return Err(Problem::new(Code::EncoderMismatch, detail));
            }
        }
        let receipt = self.live.submit(change, key)?;
        self.shared.metrics.changes.acknowledged(receipt.documents);
        self.threads.wake();
        Ok(receipt)
    }

    /// Waits until an operation is applied or has failed for good, or until an instant; tells what became of it.
    pub(crate) async fn settled(&self, operation: u64, latest: Instant) -> Option<OperationState> {
        let mut settled = self.settled.subscribe();
        // The time being over is no error: the operation is still known.
        let _ = tokio::time::timeout_at(latest.into(), settled.wait_for(|upto| *upto >= operation)).await;
        self.operation(operation).map(|(state, _)| state)
    }

    /// What became of an operation, and how many documents it names: done only once searches see it.
    pub(crate) fn operation(&self, number: u64) -> Option<(OperationState, usize)> {
        match self.live.operation(number) {
            Some((OperationState::Done, documents)) if self.upto() < number => {
                Some((OperationState::Pending { ahead: 0 }, documents))
            }
            found => found,
        }
    }

    /// Operations up to this one are settled: searches see them, or they failed for good.
    pub(crate) fn upto(&self) -> u64 {
        *self.settled.borrow()
    }

    /// Merges and purges all that can be, and mends the tree across documents if the encoder is there.
    pub(crate) fn compact_all(&self, context: &Context) -> Result<(), Problem> {
        self.live.compact_all(context)?;
        self.show(context);
        let encoder = self.shared.encoder.get().ok();
        let mended = self.live.mend(context, encoder.as_deref(), true);
        // If there was nothing left to do, the background may have done it and not have shown it yet.
        self.show(context);
        Ok(mended.map(drop)?)
    }

    /// Has searches see what is published.
    pub(crate) fn show(&self, context: &Context) {
        self.shared.collections.publish(context, &self.live);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Memory;

    #[test]
    fn what_was_dropped_is_not_shown_under_a_name_that_is_taken_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let collections = Arc::new(Collections::new(store.clone(), Memory::default()));
        let (encoder, metrics) = (Arc::new(EncoderSlot::new()), Arc::new(Metrics::new()));
        let writers = Writers::new(store, Arc::clone(&collections), encoder, metrics);
        let name = CollectionName::parse("notes").expect("a name");
        let widths = || collections.serving().iter().map(|it| it.description().width).collect::<Vec<_>>();
        let unnamed = || EncoderId { name: String::new(), fingerprint: String::new() };
        writers.create(&name, NewCollection::of(unnamed(), 16)).expect("created");
        let old = writers.writer(&name).expect("open");
        assert_eq!(widths(), [16]);
        writers.drop_collection(&name).expect("dropped");
        old.show(&Context::unbounded());
        assert!(widths().is_empty());
        writers.create(&name, NewCollection::of(unnamed(), 32)).expect("created");
        // Its compaction, say, was under way all the time.
        old.show(&Context::unbounded());
        assert_eq!(widths(), [32]);
    }
}
