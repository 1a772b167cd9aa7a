//! The thread that mends a collection's tree across documents, at the lowest priority.

use std::sync::Arc;

use maxsimd_engine::live::LiveCollection;
use maxsimd_engine::{Context, Result};

use super::Shared;
use super::threads::Work;

pub(super) struct Mender {
    pub(super) live: Arc<LiveCollection>,
    pub(super) shared: Shared,
}

impl Work for Mender {
    const NAME: &'static str = "mender";
    const NICENESS: i32 = 19;

    fn step(&mut self, context: &Context) -> Result<bool> {
        let encoder = self.shared.encoder.get().ok();
        if !self.live.mend(context, encoder.as_deref(), false)? {
            return Ok(false);
        }
        tracing::debug!(collection = self.live.name().as_str(), "mended the tree across documents");
        self.shared.collections.publish(context, &self.live);
        Ok(true)
    }
}
