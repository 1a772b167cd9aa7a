//! The thread that compacts a collection, at the lowest priority.

use std::sync::Arc;

use maxsimd_engine::live::{Compacted, LiveCollection};
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
        let Compacted::Merged { segments, purged } = self.live.compact(context)? else { return Ok(false) };
        tracing::debug!(collection = self.live.name().as_str(), segments, purged, "merged");
        self.shared.metrics.changes.merged(segments);
        self.shared.collections.publish(context, &self.live);
        Ok(true)
    }
}
