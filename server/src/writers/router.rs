//! The thread that trains a collection's router when that is due, at the lowest priority.

use std::sync::Arc;

use maxsimd_engine::live::LiveCollection;
use maxsimd_engine::{Context, Result};

use super::Shared;
use super::threads::Work;

pub(super) struct Router {
    pub(super) live: Arc<LiveCollection>,
    pub(super) shared: Shared,
}

impl Work for Router {
    const NAME: &'static str = "router";
    const NICENESS: i32 = 19;

    fn step(&mut self, context: &Context) -> Result<bool> {
        let recalls = &self.shared.metrics.recalls;
        if !self.live.route(context, recalls.of(self.live.name()))? {
            return Ok(false);
        }
        tracing::info!(collection = self.live.name().as_str(), "routed anew");
        // What was measured before says nothing about the new router.
        recalls.forget(self.live.name());
        self.shared.collections.publish(context, &self.live);
        Ok(true)
    }
}
