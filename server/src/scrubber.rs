//! The thread that goes round over all files of all collections and checks them again, slowly.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError};
use maxsimd_engine::Context;

use crate::background::Background;
use crate::collections::Collections;
use crate::metrics::Metrics;

/// Bytes a second, and the pause between two rounds.
const PACE: u64 = 16 << 20;
const PAUSE: Duration = Duration::from_secs(600);

/// Starts the thread.
pub(crate) fn start(collections: Arc<Collections>, metrics: Arc<Metrics>) -> io::Result<Background> {
    Background::start("scrubber", move |context, stopped| {
        crate::priority::lower(19);
        // What was served a moment ago was checked when it was first touched.
        while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
            round(context, &collections, &metrics, stopped);
        }
    })
}

fn round(context: &Context, collections: &Collections, metrics: &Metrics, stopped: &Receiver<()>) {
    let mut damaged = 0;
    let names: Vec<_> = collections.serving().iter().map(|generation| generation.description().name.clone()).collect();
    for name in names {
        // What was replaced or dropped meanwhile is not kept on the disk for this.
        let Ok(generation) = collections.generation(&name) else { continue };
        let mut pause = |bytes: u64| {
            metrics.scrubs.checked(bytes);
            // Stopped or not, the next stretch asks the context.
            let _ = stopped.recv_timeout(Duration::from_millis(bytes * 1000 / PACE));
        };
        let Ok(found) = generation.scrub(context, &mut pause) else { return };
        for damage in &found {
            tracing::error!(collection = name.as_str(), error = %damage.error, "a file is damaged; `maxsim verify` has more");
        }
        damaged += found.len();
    }
    metrics.scrubs.round(damaged);
}
