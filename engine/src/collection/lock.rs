//! The one writer of a collection.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::{Error, Result};

const LOCK: &str = "lock";

/// Held for as long as it lives; the system lets go of it if the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder, or says that somebody has it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        // Its bytes mean nothing, so it is no file of the storage.
        let file = File::options().create(true).append(true).open(&path).map_err(Error::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { path }),
            Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
        }
    }
}
