//! What is read again while the daemon runs: keys, the certificate. When a file changes, and when SIGHUP asks for it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::RecvTimeoutError;

use crate::background::Background;

/// Something that stands in files.
pub(crate) trait Reload: Send + Sync {
    /// Reads it again if its files changed, or in any case. What cannot be read leaves things as they are.
    fn reload(&self, forced: bool);
}

/// What tells one content of a file from another without reading it: time, size, and which file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp((i64, i64), u64, u64);

impl Stamp {
    /// Of a file, if there is one.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self((found.mtime(), found.mtime_nsec()), found.len(), found.ino()))
    }
}

/// All that is read again.
#[derive(Clone, Default)]
pub(crate) struct Reloads(Vec<Arc<dyn Reload>>);

impl std::fmt::Debug for Reloads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reloads").field(&self.0.len()).finish()
    }
}

impl Reloads {
    pub(crate) fn add<T: Reload + 'static>(&mut self, what: Option<&Arc<T>>) {
        self.0.extend(what.map(|what| Arc::clone(what) as Arc<dyn Reload>));
    }

    /// Reads everything again.
    pub(crate) fn now(&self) {
        self.0.iter().for_each(|what| what.reload(true));
    }

    /// Starts to look for changes.
    pub(crate) fn watch(&self, every: Duration) -> io::Result<Background> {
        let all = self.0.clone();
        Background::start("reload", move |_, stopped| {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                all.iter().for_each(|what| what.reload(false));
            }
        })
    }
}
