//! The thread that mends a collection's tree across documents, at the lowest priority.

use std::sync::Arc;
use std::time::{Duration, Instant};

use maxsimd_engine::live::LiveCollection;
use maxsimd_engine::{Context, Result};

use super::Shared;
use super::threads::Work;
use crate::encoder::EncoderState;

/// Times that it rests as long as looking took: that is some work for each document.
const RESTS: u32 = 20;
/// What failed once may have encoded for minutes.
const AFTER_FAILURE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);

pub(super) struct Mender {
    pub(super) live: Arc<LiveCollection>,
    pub(super) shared: Shared,
    pub(super) next: Instant,
}

impl Work for Mender {
    const NAME: &'static str = "mender";
    const NICENESS: i32 = 19;

    fn step(&mut self, context: &Context) -> Result<bool> {
        while Instant::now() < self.next || matches!(*self.shared.encoder.state(), EncoderState::Loading) {
            context.check()?;
            std::thread::sleep(TICK);
        }
        let (start, encoder) = (Instant::now(), self.shared.encoder.get().ok());
        // For as long as it is not known how it ends.
        self.next = start + AFTER_FAILURE;
        let mended = self.live.mend(context, encoder.as_deref(), false)?;
        self.next = Instant::now() + start.elapsed() * RESTS;
        if mended {
            self.next = Instant::now();
            tracing::debug!(collection = self.live.name().as_str(), "mended the tree across documents");
            self.shared.collections.publish(context, &self.live);
        }
        Ok(mended)
    }
}
