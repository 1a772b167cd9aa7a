//! A thread of the daemon's own beside requests, which goes on until whoever holds it lets go of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, Sender, bounded};
use maxsimd_engine::Context;

/// The thread. Dropping it cancels what it is at and waits for its end.
#[derive(Debug)]
pub(crate) struct Background {
    cancelled: Arc<AtomicBool>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts work that ends once its context is cancelled and the channel, on which nothing is ever sent, is closed.
    pub(crate) fn start(name: &str, work: impl FnOnce(&Context, &Receiver<()>) + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let cancelled = Arc::new(AtomicBool::new(false));
        let context = Context::unbounded().cancelled_by(Arc::clone(&cancelled));
        let body = move || work(&context, &stopped);
        let thread = std::thread::Builder::new().name(name.into()).spawn(body)?;
        Ok(Self { cancelled, stop: Some(stop), thread: Some(thread) })
    }

    /// Cancels what it is at, and all that it would do later.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.cancel();
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It catches panics where it can meet any; there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}
