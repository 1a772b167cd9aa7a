//! The thread that applies what waits in a collection's log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use maxsimd_engine::live::{Applied, LiveCollection, MAX_BATCH};
use maxsimd_engine::{Context, Result};
use tokio::sync::watch;

use super::Shared;
use super::threads::Work;

/// How long it should take to make a generation, so that who wrote first need not wait for all who wrote since, however long their texts
/// take beside searches; and bytes of changes that one is made of at first, and at least.
const PACE: Duration = Duration::from_secs(1);
const FIRST_BATCH: u64 = 128 << 10;
const LEAST_BATCH: u64 = 8 << 10;
/// Longest rest after a generation, and the bytes of changes that end it.
const REST: Duration = Duration::from_millis(50);
const ENOUGH: u64 = 1 << 20;
/// Segments above which every generation is followed by the longest rest.
const CROWDED: usize = 64;

pub(super) struct Applier {
    pub(super) live: Arc<LiveCollection>,
    pub(super) shared: Shared,
    pub(super) settled: watch::Sender<u64>,
    /// Wake the compactor, the router and the mender.
    pub(super) others: [Sender<()>; 3],
    /// The generation that searches were told of last.
    pub(super) told: Option<u64>,
    pub(super) batch: Batch,
}

/// How many bytes of changes a generation is made of, by how long the one before took.
#[derive(Debug)]
pub(super) struct Batch(u64);

impl Default for Batch {
    fn default() -> Self {
        Self(FIRST_BATCH)
    }
}

impl Batch {
    /// Follows what a generation took, after which others wait or not.
    fn follow(&mut self, took: Duration, others_wait: bool) {
        let apart = PACE.as_secs_f64() / took.as_secs_f64().max(1e-3);
        let bytes = match apart {
            ..1.0 => (self.0 as f64 * apart) as u64,
            2.0.. if others_wait => self.0 * 2,
            _ => self.0,
        };
        self.0 = bytes.clamp(LEAST_BATCH, MAX_BATCH);
    }
}

impl Work for Applier {
    const NAME: &'static str = "applier";
    const NICENESS: i32 = 10;

    fn step(&mut self, context: &Context) -> Result<bool> {
        let start = Instant::now();
        let encoder = self.shared.encoder.get().ok();
        match self.live.apply_some(context, encoder.as_deref(), self.batch.0)? {
            Applied::Nothing => {
                // After a restart nobody else says what was recovered.
                self.tell(context);
                Ok(false)
            }
            Applied::Published(_) => {
                self.batch.follow(start.elapsed(), self.live.backlog() > 0);
                self.tell(context);
                for bell in &self.others {
                    let _ = bell.try_send(());
                }
                self.rest(start.elapsed());
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
    /// Lets changes gather that nobody waits for: a generation costs much the same for one and for a hundred. And where
    /// compaction cannot keep up, lets it.
    fn rest(&self, worked: Duration) {
        let crowded = self.live.generation().description().segments > CROWDED;
        let until = Instant::now() + if crowded { REST } else { worked.min(REST) };
        let gathers = || self.settled.receiver_count() == 0 && self.live.backlog() < ENOUGH;
        while Instant::now() < until && (crowded || gathers()) {
            std::thread::sleep(REST / 50);
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_shrinks_to_what_a_second_is_enough_for_and_grows_while_others_wait() {
        let mut batch = Batch::default();
        batch.follow(Duration::from_secs(4), true);
        assert_eq!(batch.0, FIRST_BATCH / 4);
        batch.follow(Duration::from_secs(600), true);
        assert_eq!(batch.0, LEAST_BATCH);
        batch.follow(Duration::from_millis(20), false);
        assert_eq!(batch.0, LEAST_BATCH);
        for _ in 0..64 {
            batch.follow(Duration::from_millis(20), true);
        }
        assert_eq!(batch.0, MAX_BATCH);
    }
}
