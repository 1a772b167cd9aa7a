//! A bounded pool of OS threads for CPU work. A full queue refuses at once; nobody waits for a place in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overloaded;

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

/// A fixed number of threads over a bounded queue. Dropping it ends the threads after the jobs they are at.
#[derive(Debug)]
pub struct Workers {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts `threads` workers over a queue of `queue` waiting jobs.
    pub fn start(threads: usize, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = bounded(queue);
        let threads = (0..threads.max(1))
            .map(|number| {
                let jobs = receiver.clone();
                std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || work(&jobs))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(sender), threads })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Puts a job in the queue, or says at once that there is no place.
    pub fn try_submit<T, F>(&self, work: F) -> Result<Pending<T>, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket) -> T + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        let submitted = Instant::now();
        let job = move || {
            let ticket = Ticket { cancelled: flag, queued: submitted.elapsed() };
            if !ticket.cancelled.load(Ordering::Relaxed) {
                // The receiver may have gone meanwhile, then nobody wants the result.
                let _ = reply.send(work(&ticket));
            }
        };
        let queue = self.queue.as_ref().ok_or(Overloaded)?;
        queue.try_send(Box::new(job)).map_err(|_| Overloaded)?;
        Ok(Pending { result, cancelled })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A worker catches the panics of its jobs, so there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

fn work(jobs: &Receiver<Job>) {
    for job in jobs {
        // A job owns all it touches and its reply channel closes on unwind, so nothing half-done is seen afterwards.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a job panicked; its worker goes on");
        }
    }
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
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
