//! The threads of a writer, and how they are woken and ended.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use maxsimd_engine::Context;
use maxsimd_engine::live::LiveCollection;
use tokio::sync::watch;

use super::Shared;
use super::applier::{Applier, Batch};
use super::compactor::Compactor;
use super::mender::Mender;
use super::router::Router;

/// Pause after a failure: doubled from the least to the most.
const LEAST_PAUSE: Duration = Duration::from_millis(50);
const MOST_PAUSE: Duration = Duration::from_secs(5);

/// What a thread does when it is woken.
pub(super) trait Work: Send + 'static {
    /// Name of the thread, and of what failed in the log.
    const NAME: &'static str;
    /// How much lower than normal its priority is, from 0 to 19.
    const NICENESS: i32;
    /// A piece of work; true if there may be more. An error is tried again after a pause.
    fn step(&mut self, context: &Context) -> maxsimd_engine::Result<bool>;
}

/// Four threads. Dropping this ends them after the piece of work that they are at, or before if that can be given up.
#[derive(Debug)]
pub(super) struct Threads {
    cancelled: Arc<AtomicBool>,
    /// One place each: a thread that is woken looks at everything.
    bells: Vec<Sender<()>>,
    handles: Vec<JoinHandle<()>>,
}

impl Threads {
    pub(super) fn start(live: &Arc<LiveCollection>, settled: &watch::Sender<u64>, shared: &Shared) -> io::Result<Self> {
        let mut threads = Self { cancelled: Arc::default(), bells: Vec::new(), handles: Vec::new() };
        let handles = || (Arc::clone(live), shared.clone());
        let (live, shared) = handles();
        let compactor = threads.spawn(Compactor { live, shared })?;
        let (live, shared) = handles();
        let router = threads.spawn(Router { live, shared })?;
        let (live, shared) = handles();
        let mender = threads.spawn(Mender { live, shared, next: Instant::now() })?;
        let (live, shared) = handles();
        let others = [compactor, router, mender];
        threads.spawn(Applier {
            live,
            shared,
            settled: settled.clone(),
            others,
            told: None,
            batch: Batch::default(),
        })?;
        threads.wake();
        Ok(threads)
    }

    /// Has the threads look for work.
    pub(super) fn wake(&self) {
        // A full channel is one that is woken already; the last is the applier's, which wakes the others.
        if let Some(bell) = self.bells.last() {
            let _ = bell.try_send(());
        }
    }

    fn spawn<W: Work>(&mut self, work: W) -> io::Result<Sender<()>> {
        let (bell, rung) = bounded(1);
        let context = Context::unbounded().cancelled_by(Arc::clone(&self.cancelled));
        let body = move || run(work, &context, &rung);
        self.handles.push(std::thread::Builder::new().name(W::NAME.into()).spawn(body)?);
        self.bells.push(bell.clone());
        Ok(bell)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        for bell in &self.bells {
            // A full channel is a thread that is woken already.
            let _ = bell.try_send(());
        }
        for handle in self.handles.drain(..) {
            // It catches panics; there is nothing to learn from its end.
            let _ = handle.join();
        }
    }
}

fn run<W: Work>(mut work: W, context: &Context, rung: &Receiver<()>) {
    crate::priority::lower(W::NICENESS);
    let mut pause = None;
    while context.check().is_ok() {
        // A collection's own state is whole whenever it can panic.
        let more = match catch_unwind(AssertUnwindSafe(|| work.step(context))) {
            Ok(Ok(more)) => {
                pause = None;
                more
            }
            Ok(Err(maxsimd_engine::Error::Cancelled)) => return,
            Ok(Err(error)) => {
                // Said when it begins, not at every attempt.
                if pause.is_none() {
                    tracing::error!(thread = W::NAME, %error, "trying again until it succeeds");
                }
                pause = Some(pause.map_or(LEAST_PAUSE, |pause: Duration| (pause * 2).min(MOST_PAUSE)));
                false
            }
            Err(_) => {
                tracing::error!(thread = W::NAME, "panicked; trying again");
                pause = Some(MOST_PAUSE / 10);
                false
            }
        };
        if more {
            continue;
        }
        let woken = match pause {
            Some(pause) => rung.recv_timeout(pause),
            None => rung.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if woken == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}
