//! The thread that applies what waits in a collection's log.

use std::sync::Arc;

use crossbeam::channel::Sender;
use maxsimd_engine::live::{Applied, LiveCollection};
use maxsimd_engine::{Context, Result};
use tokio::sync::watch;

use super::Shared;
use super::threads::Work;

pub(super) struct Applier {
    pub(super) live: Arc<LiveCollection>,
    pub(super) shared: Shared,
    pub(super) settled: watch::Sender<u64>,
    /// Wakes the compactor.
    pub(super) compact: Sender<()>,
    /// The generation that searches were told of last.
    pub(super) told: Option<u64>,
}

impl Work for Applier {
    const NAME: &'static str = "applier";
    const NICENESS: i32 = 5;

    fn step(&mut self, context: &Context) -> Result<bool> {
        let encoder = self.shared.encoder.get().ok();
        match self.live.apply(context, encoder.as_deref())? {
            Applied::Nothing => {
                // After a restart nobody else says what was recovered.
                self.tell(context);
                Ok(false)
            }
            Applied::Published(_) => {
                self.tell(context);
                let _ = self.compact.try_send(());
                Ok(true)
            }
            Applied::Failed { operation, reason } => {
                let collection = self.live.name().as_str();
                tracing::error!(collection, operation, reason, "an operation failed for good");
                self.shared.metrics.changes.failed();
                self.settle(operation);
                Ok(true)
            }
        }
    }
}

impl Applier {
    /// Has searches see the newest generation, then wakes those who wait for it.
    fn tell(&mut self, context: &Context) {
        let generation = self.live.generation().description().generation;
        if self.told != Some(generation) {
            self.shared.collections.publish(context, &self.live);
            self.told = Some(generation);
        }
        self.settle(self.live.applied());
    }

    fn settle(&self, operation: u64) {
        self.settled.send_if_modified(|settled| {
            let later = operation > *settled;
            *settled = operation.max(*settled);
            later
        });
    }
}
