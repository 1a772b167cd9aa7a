//! A job's two ends: the worker's, which makes the result, and that of whoever waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// Why a submitted job gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It was not done at the instant given.
    Late,
    /// It panicked.
    Panicked,
}

/// What a job knows about itself.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Raised once nobody waits for the result any more.
    pub cancelled: Arc<AtomicBool>,
    /// Time spent waiting for a free worker.
    pub queued: Duration,
}

/// The worker's end of a job.
pub(super) struct Promise<T> {
    reply: oneshot::Sender<T>,
    cancelled: Arc<AtomicBool>,
    submitted: Instant,
}

impl<T> Promise<T> {
    /// Makes and sends the result, unless nobody waits for it. `worked` of the time since the job came was not waiting.
    pub(super) fn keep(self, worked: Duration, work: impl FnOnce(&Ticket) -> T) {
        let queued = self.submitted.elapsed().saturating_sub(worked);
        let ticket = Ticket { cancelled: self.cancelled, queued };
        if !ticket.cancelled.load(Ordering::Relaxed) {
            // The receiver may have gone meanwhile, then nobody wants the result.
            let _ = self.reply.send(work(&ticket));
        }
    }
}

/// The two ends of a job that comes now.
pub(super) fn promise<T>() -> (Promise<T>, Pending<T>) {
    let (reply, result) = oneshot::channel();
    let cancelled = Arc::<AtomicBool>::default();
    let pending = Pending { result, cancelled: Arc::clone(&cancelled) };
    (Promise { reply, cancelled, submitted: Instant::now() }, pending)
}

/// A job under way. Dropping it raises the job's cancel flag.
#[derive(Debug)]
pub struct Pending<T> {
    result: oneshot::Receiver<T>,
    cancelled: Arc<AtomicBool>,
}

impl<T> Pending<T> {
    /// Waits for the result, at most until an instant.
    pub async fn until(mut self, latest: Instant) -> Result<T, Lost> {
        match tokio::time::timeout_at(latest.into(), &mut self.result).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) => Err(Lost::Panicked),
            Err(_) => Err(Lost::Late),
        }
    }

    /// Raised once nobody waits for the result any more.
    pub(super) fn cancelled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
