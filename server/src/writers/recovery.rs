//! After a start: collections whose log has something to replay are opened for writing, and the daemon is not ready
//! before that is applied.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use maxsimd_engine::collection::CollectionName;

use super::Writers;

/// Seconds between two looks at a log that could not be replayed.
pub(crate) const PAUSE_SECONDS: u32 = 2;

/// Operations that were durable when the daemon started.
#[derive(Debug, Default)]
struct Replays {
    looked: AtomicBool,
    upto: Mutex<Vec<(CollectionName, u64)>>,
    /// Collections whose logs could not be replayed, and when that was tried last since the start.
    failed: Mutex<Vec<(CollectionName, Option<Instant>)>>,
}

/// The thread that looks through the logs. Dropping it waits for the thread.
#[derive(Debug)]
pub(crate) struct Recovery {
    replays: Arc<Replays>,
    thread: Option<JoinHandle<()>>,
}

impl Recovery {
    pub(crate) fn start(writers: &Arc<Writers>) -> io::Result<Self> {
        let replays = Arc::<Replays>::default();
        let (writers, found) = (Arc::clone(writers), Arc::clone(&replays));
        let body = move || {
            // If it does not know what there is, nothing says that all is there.
            let looked = look(&writers, &found);
            found.looked.store(looked, Ordering::Release);
        };
        let thread = std::thread::Builder::new().name("recovery".into()).spawn(body)?;
        Ok(Self { replays, thread: Some(thread) })
    }

    /// Whether all logs have been looked through.
    pub(crate) fn looked(&self) -> bool {
        self.replays.looked.load(Ordering::Acquire)
    }

    /// Collections whose searches have not caught up with their logs.
    pub(crate) fn replaying(&self, writers: &Writers) -> Vec<CollectionName> {
        let mut upto = self.replays.upto.lock().unwrap_or_else(PoisonError::into_inner);
        upto.retain(|(name, upto)| writers.opened(name).is_some_and(|writer| writer.upto() < *upto));
        upto.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Collections whose logs could not be replayed, so that some of what was acknowledged is not there. A change has it replayed
    /// once the log is in order again, and so has whoever reads what was acknowledged last.
    pub(crate) fn failed(&self, writers: &Writers) -> Vec<CollectionName> {
        let mut failed = self.replays.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|(name, _)| writers.opened(name).is_none());
        failed.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Whether a log that could not be replayed may be looked at again; that may take long, and holds up others.
    pub(crate) fn tries_again(&self, name: &CollectionName) -> bool {
        let mut failed = self.replays.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = failed.iter_mut().find(|(failed, _)| failed == name).map(|(_, tried)| tried);
        let due = tried
            .filter(|tried| tried.is_none_or(|tried| tried.elapsed() >= Duration::from_secs(PAUSE_SECONDS.into())));
        due.map(|tried| *tried = Some(Instant::now())).is_some()
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic there leaves the daemon unready, which `/readyz` shows.
            let _ = thread.join();
        }
    }
}

/// Has every log replayed that there is; whether all were found.
fn look(writers: &Writers, found: &Replays) -> bool {
    if let Err(error) = writers.store().sweep() {
        tracing::warn!(%error, "what is left of dropped collections cannot be removed");
    }
    let names = match writers.store().names() {
        Ok(names) => names,
        Err(error) => {
            tracing::error!(%error, "the data folder cannot be read; restart the daemon once it can be");
            return false;
        }
    };
    for name in names {
        let collection = name.as_str();
        let failed = || found.failed.lock().unwrap_or_else(PoisonError::into_inner).push((name.clone(), None));
        match writers.store().has_backlog(&name) {
            Ok(false) => {}
            Ok(true) => match writers.writer(&name) {
                Ok(writer) => {
                    let upto = writer.live().acknowledged();
                    tracing::info!(collection, upto, applied = writer.live().applied(), "replaying the log");
                    found.upto.lock().unwrap_or_else(PoisonError::into_inner).push((name, upto));
                }
                Err(problem) => {
                    tracing::error!(collection, detail = problem.detail, "the log cannot be replayed");
                    failed();
                }
            },
            Err(error) => {
                tracing::error!(collection, %error, "the log cannot be read");
                failed();
            }
        }
    }
    true
}
