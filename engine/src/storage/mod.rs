//! What the engine asks of a file system when it writes: few operations, so that a double can drop and reorder whatever
//! was not synced, and what is left can be recovered and compared.
//!
//! A file is written front to back under a temporary name, synced, and renamed; only a log grows in place. Nothing
//! counts as durable before the sync of the file and of the folder that names it. Reading goes past this interface.

mod disk;
mod file_system;
mod folder;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use disk::Disk;
pub(crate) use file_system::free_bytes;
pub use file_system::is_remote;
pub(crate) use folder::{Folder, Writing};

/// Writing to a file system.
pub trait Storage: fmt::Debug + Send + Sync {
    /// Creates a file, or empties the one that has this name.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Output>>;
    /// Gives a file or folder another name, in place of whatever file has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Creates a folder whose parent exists.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with all that is in it.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes all bytes of a file durable that another process may have written.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub trait Output: fmt::Debug + Send + Sync {
    /// Writes all bytes at the end.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// Makes all bytes written so far durable, and the file's length.
    fn sync(&self) -> io::Result<()>;
    /// Drops the bytes from a length on.
    fn cut(&self, length: u64) -> io::Result<()>;
    /// Takes away the permission to write, of everyone who opens the file from now on.
    fn freeze(&self) -> io::Result<()>;
}
