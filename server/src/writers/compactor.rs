//! The thread that compacts a collection, at the lowest priority.

use std::sync::Arc;

use maxsimd_engine::live::{Compacted, Gauge, LiveCollection};
use maxsimd_engine::search::DEFAULT_RECALL;
use maxsimd_engine::{Context, Result};

use super::Shared;
use super::threads::Work;

pub(super) struct Compactor {
    pub(super) live: Arc<LiveCollection>,
    pub(super) shared: Shared,
}

impl Work for Compactor {
    const NAME: &'static str = "compactor";
    const NICENESS: i32 = 19;

    fn step(&mut self, context: &Context) -> Result<bool> {
        let recalls = &self.shared.metrics.recalls;
        let gauge = recalls.of(self.live.name());
        let gauge = gauge.map(|(searches, recall)| Gauge { searches, recall, promised: DEFAULT_RECALL });
        let done = self.live.compact(context, gauge)?;
        let collection = self.live.name().as_str();
        match done {
            Compacted::Nothing => return Ok(false),
            Compacted::Merged { segments, purged } => {
                tracing::debug!(collection, segments, purged, "merged");
                self.shared.metrics.changes.merged(segments);
            }
            Compacted::Routed => {
                tracing::info!(collection, "routed anew");
                // What was measured before says nothing about the new router.
                recalls.forget(self.live.name());
            }
        }
        self.shared.collections.publish(context, &self.live);
        Ok(true)
    }
}
