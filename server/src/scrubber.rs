//! The thread that goes round over all files of all collections and checks them again, slowly.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use maxsimd_engine::Context;

use crate::collections::Collections;
use crate::metrics::Metrics;

/// Bytes a second, and the pause between two rounds.
const PACE: u64 = 16 << 20;
const PAUSE: Duration = Duration::from_secs(600);

/// The thread. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Scrubber {
    cancelled: Arc<AtomicBool>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Scrubber {
    pub(crate) fn start(collections: Arc<Collections>, metrics: Arc<Metrics>) -> io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let cancelled = Arc::<AtomicBool>::default();
        let context = Context::unbounded().cancelled_by(Arc::clone(&cancelled));
        let body = move || {
            crate::priority::lower(19);
            // What was served a moment ago was checked when it was first touched.
            while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                round(&context, &collections, &metrics, &stopped);
            }
        };
        let thread = std::thread::Builder::new().name("scrubber".into()).spawn(body)?;
        Ok(Self { cancelled, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Scrubber {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // There is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

fn round(context: &Context, collections: &Collections, metrics: &Metrics, stopped: &Receiver<()>) {
    let mut damaged = 0;
    for generation in collections.serving() {
        let mut pause = |bytes: u64| {
            metrics.scrubs.checked(bytes);
            // Stopped or not, the next stretch asks the context.
            let _ = stopped.recv_timeout(Duration::from_millis(bytes * 1000 / PACE));
        };
        let Ok(found) = generation.scrub(context, &mut pause) else { return };
        for damage in &found {
            let collection = generation.description().name.as_str();
            tracing::error!(collection, error = %damage.error, "a file is damaged; `maxsim verify` has more");
        }
        damaged += found.len();
    }
    metrics.scrubs.round(damaged);
}
