//! The thread that shadows: least priority, one search at a time, ends at once when told to.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, Sender, bounded, select_biased};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Error, Result};

use super::Live;
use crate::metrics::Metrics;

/// The shadowing thread. Dropping it gives up what it is at and leaves what waits.
#[derive(Debug)]
pub(crate) struct Shadower {
    cancelled: Arc<AtomicBool>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Shadower {
    pub(crate) fn start(live: Receiver<Live>, metrics: Arc<Metrics>) -> io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        let body = move || {
            crate::priority::lower(19);
            work(&live, &stopped, &flag, &metrics);
        };
        let thread = std::thread::Builder::new().name("shadow".into()).spawn(body)?;
        Ok(Self { cancelled, stop: Some(stop), thread: Some(thread) })
    }

    /// Gives up the search that it is at, and every later one.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Shadower {
    fn drop(&mut self) {
        self.cancel();
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It catches panics; there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

fn work(live: &Receiver<Live>, stopped: &Receiver<()>, cancelled: &Arc<AtomicBool>, metrics: &Metrics) {
    loop {
        let live = select_biased! {
            recv(stopped) -> _ => return,
            recv(live) -> live => live,
        };
        let Ok(live) = live else { return };
        let collection = &live.generation.description().name;
        // A search only reads, so nothing half-done is left by a panic.
        match catch_unwind(AssertUnwindSafe(|| recall(&live, cancelled))) {
            Ok(Ok(Some(recall))) => metrics.shadowed(collection, recall),
            Ok(Ok(None) | Err(Error::Cancelled)) => {}
            Ok(Err(error)) => tracing::warn!(collection = collection.as_str(), %error, "a shadowed search failed"),
            Err(_) => tracing::error!(collection = collection.as_str(), "a shadowed search panicked"),
        }
    }
}

/// Share of the true hits that the live search found; `None` if there are none to find.
fn recall(live: &Live, cancelled: &Arc<AtomicBool>) -> Result<Option<f64>> {
    let context = Context::unbounded().cancelled_by(Arc::clone(cancelled));
    context.check()?;
    let request = SearchRequest { mode: Mode::Exhaustive, explain: false, ..live.request.clone() };
    let truth = live.generation.search(&context, &request)?.hits;
    let found = truth.iter().filter(|hit| live.passage_ids.contains(&hit.passage_id)).count();
    Ok((!truth.is_empty()).then(|| found as f64 / truth.len() as f64))
}
