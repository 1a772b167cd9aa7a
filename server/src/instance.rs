//! What a running daemon holds: collections, encoder, workers, limits.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use axum::body::Bytes;
use maxsimd_engine::collection::{CollectionName, Store};
use tokio::sync::Semaphore;

use crate::answers::{Alone, Answers};
use crate::background::Background;
use crate::bulk::Bulk;
use crate::collections::{Collections, Watch};
use crate::config::{Config, Limits};
use crate::encoder::{EncoderSlot, Loader};
use crate::host::Sites;
use crate::http::body::BodyMemory;
use crate::keys::Keyring;
use crate::log::Slow;
use crate::metrics::Metrics;
use crate::process::lifecycle::StartError;
use crate::process::reload::Reloads;
use crate::scrubber;
use crate::search::queries::Queries;
use crate::search::replies::Replies;
use crate::shadow::{self, Shadows};
use crate::tls::Tls;
use crate::workers::{Pool, Workers};
use crate::writers::{Recovery, Writers};

/// Changes under way at once, which mostly wait for the disk, and those that wait for a place among them.
const CHANGES: Pool = Pool { name: "change", threads: 32, queue: 32, niceness: 10 };
/// Compactions among them, which take minutes and wait for each other.
const COMPACTIONS: usize = 4;
/// Requests that read at once what a search does not.
const READS: usize = 64;

/// State behind all endpoints. Owns every thread of the daemon, so a job on a worker must not hold it: dropped there,
/// it would wait for the thread that drops it.
#[derive(Debug)]
pub struct Instance {
    pub(crate) listen: SocketAddr,
    pub(crate) keys: Option<Arc<Keyring>>,
    pub(crate) sites: Sites,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) slow: Slow,
    /// The OpenAPI document, once somebody asked for it.
    pub(crate) openapi: OnceLock<Bytes>,
    pub(crate) reloads: Reloads,
    pub(crate) limits: Limits,
    pub(crate) collections: Arc<Collections>,
    pub(crate) encoder: Arc<EncoderSlot>,
    pub(crate) recovery: Recovery,
    pub(crate) writers: Arc<Writers>,
    /// Where changes are checked and made durable.
    pub(crate) changes: Workers<Alone>,
    /// Places for compactions among them, so that other changes have the rest.
    pub(crate) compactions: Arc<Semaphore>,
    /// Places for requests that read what a search does not: documents, trees, outcomes.
    pub(crate) reads: Arc<Semaphore>,
    pub(crate) answers: Answers,
    pub(crate) bulk: Bulk,
    pub(crate) queries: Arc<Queries>,
    pub(crate) replies: Replies,
    pub(crate) workers: Arc<Workers<Queries>>,
    pub(crate) body_memory: BodyMemory,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shadows: Arc<Shadows>,
    pub(crate) started: SystemTime,
    #[cfg(feature = "otlp")]
    pub(crate) traces: Option<Arc<crate::otlp::Traces>>,
    draining: AtomicBool,
    shadower: Background,
    _scrubber: Background,
    _watcher: Background,
    _reloader: Background,
    _loader: Loader,
}

impl Instance {
    /// Opens the data folder and starts the threads; collections and encoder become ready in the background.
    /// `listen` is the address that the listener got.
    pub fn start(config: Config, listen: SocketAddr) -> Result<Self, StartError> {
        let store = Store::open(&config.data)?;
        let store = if config.allow_remote { store.allowing_remote() } else { store };
        let (limits, threads) = (config.limits, config.threads.get());
        let mut reloads = Reloads::default();
        reloads.add(config.keys.as_ref());
        reloads.add(config.tls.as_ref());
        let collections = Arc::new(Collections::new(store.clone(), config.memory));
        let encoder = Arc::new(EncoderSlot::new());
        let watcher = Watch { collections: Arc::clone(&collections), every: limits.watch_every }.start();
        let metrics = Arc::new(Metrics::new());
        let (shadows, live) = Shadows::new(config.shadow, Arc::clone(&metrics));
        let queries = Arc::new(Queries::new(Arc::clone(&encoder), Arc::clone(&metrics)));
        let writers = (Arc::clone(&collections), Arc::clone(&encoder), Arc::clone(&metrics));
        let writers = Arc::new(Writers::new(store, writers.0, writers.1, writers.2));
        let scrubber = scrubber::start(Arc::clone(&collections), Arc::clone(&metrics)).map_err(StartError::Thread)?;
        let recovery = Recovery::start(&writers).map_err(StartError::Thread)?;
        let loader = Loader::start(Arc::clone(&encoder), (config.encoder, config.cross_encoder), threads);
        let pool = Pool { name: "worker", threads, queue: config.queue, niceness: 2 };
        let workers = Workers::start(pool, Arc::clone(&queries)).map_err(StartError::Thread)?;
        let workers = Arc::new(workers);
        let changes = Workers::start(CHANGES, Arc::new(Alone)).map_err(StartError::Thread)?;
        let answers = Answers::start(
            Arc::clone(&collections),
            Arc::clone(&encoder),
            Arc::clone(&workers),
            (config.generators, config.web),
            Arc::clone(&metrics),
        );
        let bulk = Bulk::start(Arc::clone(&encoder), Arc::clone(&metrics));
        Ok(Self {
            listen,
            keys: config.keys,
            sites: config.sites,
            tls: config.tls,
            openapi: OnceLock::new(),
            slow: config.slow,
            _reloader: reloads.watch(limits.watch_every).map_err(StartError::Thread)?,
            reloads,
            bulk: bulk.map_err(StartError::Thread)?,
            started: SystemTime::now(),
            #[cfg(feature = "otlp")]
            traces: config.traces,
            answers: answers.map_err(StartError::Thread)?,
            collections,
            recovery,
            writers,
            changes,
            compactions: Arc::new(Semaphore::new(COMPACTIONS)),
            reads: Arc::new(Semaphore::new(READS)),
            encoder,
            workers,
            queries,
            replies: Replies::new(config.cache_bytes, Arc::clone(&metrics)),
            body_memory: BodyMemory::new(limits.body_memory),
            limits,
            shadows: Arc::new(shadows),
            shadower: shadow::start(live, Arc::clone(&metrics)).map_err(StartError::Thread)?,
            metrics,
            _scrubber: scrubber,
            draining: AtomicBool::new(false),
            _watcher: watcher.map_err(StartError::Thread)?,
            _loader: loader.map_err(StartError::Thread)?,
        })
    }

    /// Whether the daemon is stopping.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
        // What is left of the processor belongs to requests in flight.
        self.shadower.cancel();
    }

    /// Collections that do not serve all that they should.
    pub(crate) fn failing(&self) -> BTreeSet<CollectionName> {
        // One that was dropped meanwhile is nobody's any more.
        let failed = self.recovery.failed(&self.writers).into_iter().filter(|name| self.collections.has(name));
        self.collections.failing().into_iter().chain(failed).collect()
    }

    /// Whether requests should be sent here.
    pub(crate) fn ready(&self) -> bool {
        let collections = self.collections.mapped() && !self.collections.unlocked();
        let recovered = self.recovery.looked() && self.recovery.replaying(&self.writers).is_empty();
        !self.draining() && collections && recovered && self.encoder.state().settled()
    }
}
