//! What a running daemon holds: collections, encoder, workers, limits.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use maxsimd_engine::collection::Store;

use crate::body::BodyMemory;
use crate::collections::Collections;
use crate::config::{Config, Limits};
use crate::encoder::EncoderSlot;
use crate::lifecycle::StartError;
use crate::workers::Workers;

/// State behind all endpoints.
#[derive(Debug)]
pub struct Instance {
    pub(crate) listen: SocketAddr,
    pub(crate) limits: Limits,
    pub(crate) collections: Collections,
    pub(crate) encoder: Arc<EncoderSlot>,
    pub(crate) workers: Workers,
    pub(crate) body_memory: BodyMemory,
    draining: AtomicBool,
}

impl Instance {
    /// Opens the data folder and starts the threads; collections and encoder become ready in the background.
    /// `listen` is the address that the listener got.
    pub fn start(config: Config, listen: SocketAddr) -> Result<Self, StartError> {
        let store = Store::open(&config.data)?;
        let encoder = Arc::new(EncoderSlot::new());
        load(&encoder, &config).map_err(StartError::Thread)?;
        Ok(Self {
            listen,
            collections: Collections::watch(store, config.limits.watch_every).map_err(StartError::Thread)?,
            encoder,
            workers: Workers::start(config.threads.get(), config.queue).map_err(StartError::Thread)?,
            body_memory: BodyMemory::new(config.limits.body_memory),
            limits: config.limits,
            draining: AtomicBool::new(false),
        })
    }

    /// Whether the daemon is stopping.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether requests should be sent here.
    pub(crate) fn ready(&self) -> bool {
        !self.draining() && self.collections.mapped() && self.encoder.state().settled()
    }
}

/// The thread owns its share of the slot, so that stopping early need not wait for a model to load.
fn load(slot: &Arc<EncoderSlot>, config: &Config) -> io::Result<()> {
    let (slot, source, sessions) = (Arc::clone(slot), config.encoder.clone(), config.threads.get());
    std::thread::Builder::new().name("encoder".into()).spawn(move || slot.fill(source, sessions)).map(drop)
}
