//! Locks between processes: the one writer of a collection, and changes of what names mean.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// In the folder of a collection.
const LOCK: &str = "lock";
/// In the data folder; with its dot never the name of a collection.
const NAMES: &str = "names.lock";
/// Names are changed in moments; who waits longer than this waits for a process that hangs.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// Held for as long as it lives; the system lets go of it if the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a collection's folder, or says that somebody has it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        Self::attempt(&path)?.ok_or(Error::Locked { path })
    }

    /// Takes the lock of a data folder under which names of collections and aliases come and go.
    pub(crate) fn of_names(root: &Path) -> Result<Self> {
        let (path, start) = (root.join(NAMES), Instant::now());
        loop {
            match Self::attempt(&path)? {
                Some(lock) => return Ok(lock),
                None if start.elapsed() > PATIENCE => return Err(Error::Locked { path }),
                None => std::thread::sleep(PAUSE),
            }
        }
    }

    fn attempt(path: &Path) -> Result<Option<Self>> {
        loop {
            // Its bytes mean nothing, so it is no file of the storage.
            let file = File::options().create(true).append(true).open(path).map_err(Error::io(path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(Error::io(path)(error)),
            }
            // Its folder may have been dropped, and made again, before it was locked: then it locks nothing.
            let locked = file.metadata().map_err(Error::io(path))?;
            if fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (locked.dev(), locked.ino())) {
                return Ok(Some(Self { _file: file }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_a_lock_and_the_next_gets_it_after() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(Error::Locked { .. })));
        drop(lock);
        Lock::take(folder.path()).unwrap();
    }

    #[test]
    fn the_lock_of_a_folder_that_was_dropped_locks_nothing() {
        let root = tempfile::tempdir().unwrap();
        let (folder, dropped) = (root.path().join("c"), root.path().join(".dropped-c"));
        fs::create_dir(&folder).unwrap();
        let _lock = Lock::take(&folder).unwrap();
        fs::rename(&folder, &dropped).unwrap();
        fs::create_dir(&folder).unwrap();
        Lock::take(&folder).unwrap();
    }
}
