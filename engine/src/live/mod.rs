//! Collections that take writes while they are searched.
//!
//! `submit -> log -> apply -> segment, tombstones -> next generation`, and beside it `compact`:
//!
//! * A change is checked, appended to the log and synced; then it is acknowledged, and nothing that is acknowledged is
//!   lost. `document` reads through the log.
//! * `apply` takes what waits, encodes it, writes one segment and publishes the next generation, whose manifest says how
//!   far the log is applied. What cannot be encoded fails for good after some attempts, and the log moves on.
//! * `compact` merges small segments and purges deleted passages, `route` retrains the router, `mend` mends the tree across
//!   documents, without holding up the others or each other.
//!
//! Nothing here starts a thread: whoever owns a collection calls `apply`, `compact`, `route` and `mend` from
//! where it likes.

mod across;
mod apply;
mod change;
mod compaction;
mod create;
mod merge;
mod outcomes;
mod pending;
mod publish;
mod read;
mod resolve;
mod routing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use apply::{Applied, MAX_BATCH};
pub use change::{Change, MAX_DOCUMENTS, MAX_ID, MAX_KEY, MAX_METADATA, Upsert, generated_id};
pub use compaction::Compacted;
pub use create::NewCollection;
pub use read::{OperationState, StoredDocument};
pub use routing::Gauge;

use crate::collection::{CollectionName, Generation, Lock, Manifest, Store, remove_unnamed};
use crate::filter::Fields;
use crate::format::{Record, RecordKind};
use crate::log::{Log, replay};
use crate::storage::Folder;
use crate::{Error, Result};
use change::{Packed, Unpacked};
use pending::{Operation, Pending};

/// Most bytes of operations that wait to be applied: those in the log, or those in memory if these are more.
pub const MAX_BACKLOG: u64 = 256 << 20;

/// A collection that takes writes. It holds the collection's lock; shared between threads by reference or `Arc`.
#[derive(Debug)]
pub struct LiveCollection {
    name: CollectionName,
    folder: Folder,
    log: Log,
    state: Mutex<State>,
    current: RwLock<Arc<Generation>>,
    /// Taken to publish a generation; says whether the collection is dropped.
    publishing: Mutex<publish::Publishing>,
    /// Taken for as long as one thread applies, so that batches follow one another; attempts at the current one.
    applying: Mutex<apply::Attempts>,
    /// Taken for as long as one thread compacts.
    compacting: Mutex<()>,
    /// Taken for as long as one thread trains a router.
    routing: Mutex<()>,
    /// Taken for as long as one thread mends the tree across documents.
    mending: Mutex<()>,
    _lock: Lock,
}

/// What submitting and reading share.
#[derive(Debug)]
struct State {
    dropped: bool,
    pending: Pending,
    /// Types of fields after the newest operation of the log.
    fields: Fields,
}

/// What an acknowledged change is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Number of the operation.
    pub operation: u64,
    /// Documents or ids that it names.
    pub documents: usize,
    /// True if the same request was acknowledged before, under the same key.
    pub repeated: bool,
}

impl LiveCollection {
    /// Takes the collection's lock and reads what its log has beyond the published generation.
    pub fn open(store: &Store, name: &CollectionName) -> Result<Self> {
        store.check_local()?;
        let path = store.folder(name);
        let missing = || Error::CollectionNotFound { name: name.as_str().to_owned() };
        if !path.is_dir() {
            return Err(missing());
        }
        let lock = Lock::take(&path)?;
        let folder = store.root().folder(name.as_str());
        let manifest = Manifest::read(&path)?.ok_or_else(missing)?;
        // A process that was killed may have left renames that are not durable, of which removals must not come first.
        folder.sync()?;
        fail::fail_point!("recovery.manifest");
        remove_unnamed(&folder, &manifest.files())?;
        let mut state = State { dropped: false, pending: Pending::default(), fields: manifest.fields.clone() };
        let replayed = replay(&path, manifest.applied, |record| {
            state.take(&record, &manifest).map_err(|reason| Error::Corrupt {
                path: path.clone(),
                section: format!("log, operation {}", record.number),
                expected: "a change".to_owned(),
                found: reason,
            })
        })?;
        fail::fail_point!("recovery.replayed");
        state.pending.applied(manifest.applied);
        let generation = Generation::open(name, &path, &manifest)?;
        Ok(Self {
            name: name.clone(),
            log: Log::resume(folder.clone(), replayed)?,
            folder,
            state: Mutex::new(state),
            current: RwLock::new(Arc::new(generation)),
            publishing: Mutex::default(),
            applying: Mutex::default(),
            compacting: Mutex::default(),
            routing: Mutex::default(),
            mending: Mutex::default(),
            _lock: lock,
        })
    }

    /// Its name.
    pub fn name(&self) -> &CollectionName {
        &self.name
    }

    /// The newest generation.
    pub fn generation(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest operation that the newest generation holds.
    pub fn applied(&self) -> u64 {
        self.generation().manifest().applied
    }

    /// The newest operation that is durable.
    pub fn acknowledged(&self) -> u64 {
        self.log.durable() - 1
    }

    /// Bytes of operations that wait to be applied.
    pub fn backlog(&self) -> u64 {
        self.state().pending.bytes()
    }

    /// Refuses early what would be refused for too many changes that wait to be applied.
    pub fn room(&self) -> Result<()> {
        self.state().room()
    }

    /// Whether a change needs an encoder.
    pub fn needs_encoder(change: &Change) -> bool {
        matches!(change, Change::Upsert(upserts) if upserts.iter().any(|upsert| upsert.vectors.is_none()))
    }

    /// Checks a change and makes it durable. With a key, a request that comes again is acknowledged again and not
    /// applied twice.
    pub fn submit(&self, change: Change, key: Option<&str>) -> Result<Receipt> {
        let width = self.generation().manifest().width;
        if let Some(key) = key.filter(|key| !(1..=MAX_KEY).contains(&key.len())) {
            return Err(Error::invalid("idempotency-key", format!("{} bytes are not from 1 to {MAX_KEY}", key.len())));
        }
        change.check(width)?;
        let Packed { text, values, key } = change.pack(key)?;
        let documents = change.documents();
        let mut state = self.state();
        if state.dropped {
            return Err(Error::CollectionNotFound { name: self.name.as_str().to_owned() });
        }
        if let Some(key) = &key
            && let Some((operation, digest)) = state.pending.with_key(&key.name)
        {
            if digest != key.digest {
                return Err(Error::KeyReused { key: key.name.clone() });
            }
            drop(state);
            self.log.commit_to(operation)?;
            // Its sync may have failed meanwhile, and the number be another request's.
            return match self.state().pending.with_key(&key.name) == Some((operation, &key.digest)) {
                true => Ok(Receipt { operation, documents, repeated: true }),
                false => Err(self.log.lost()),
            };
        }
        change.check_fields(&state.fields)?;
        state.room()?;
        let appended = self.log.append(&text, &values)?;
        state.learn(&change);
        let operation = appended.number;
        let change = Arc::new(change);
        state.pending.push(Operation::new(operation, Arc::clone(&change), text.len() + values.len()), key);
        drop(state);
        if let Err(error) = self.log.commit(appended) {
            self.state().pending.void(operation, &change);
            return Err(error);
        }
        Ok(Receipt { operation, documents, repeated: false })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is whole before anything that can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Refuses more than may wait to be applied.
    fn room(&self) -> Result<()> {
        match self.pending.bytes() {
            bytes if bytes >= MAX_BACKLOG => Err(Error::Backlog { bytes }),
            _ => Ok(()),
        }
    }

    /// Takes in a record of the log.
    fn take(&mut self, record: &Record, manifest: &Manifest) -> Result<(), String> {
        match record.kind {
            RecordKind::Failure => {
                self.pending.failed(record.number, String::from_utf8_lossy(record.text).into_owned());
            }
            RecordKind::Change => {
                let Unpacked { change, key } = Change::unpack(record, manifest.width)?;
                self.learn(&change);
                let bytes = record.text.len() + record.values.len();
                self.pending.push(Operation::new(record.number, Arc::new(change), bytes), key);
                if record.number <= manifest.applied {
                    self.pending.applied(record.number);
                }
            }
        }
        Ok(())
    }

    fn learn(&mut self, change: &Change) {
        if let Change::Upsert(upserts) = change {
            upserts.iter().for_each(|upsert| drop(self.fields.learn(&upsert.document.metadata)));
        }
    }
}
