//! One process at a time changes the asset folder.

use std::fs::{self, File, TryLockError};

use maxsimd_server::home::Home;

use super::error::AssetError;

/// Waits for others to be done; the lock ends with the file, at the latest with the process.
pub(crate) fn lock(home: &Home, report: &mut dyn FnMut(&str)) -> Result<File, AssetError> {
    fs::create_dir_all(home.root()).map_err(AssetError::io(home.root()))?;
    let path = home.root().join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(AssetError::io(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            report("another process is pulling assets; waiting for it");
            file.lock().map_err(AssetError::io(&path))?;
        }
        Err(TryLockError::Error(source)) => return Err(AssetError::Io { path, source }),
    }
    Ok(file)
}
