//! A folder of a storage: names in place of paths, and errors that tell the path.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Output, Storage};
use crate::{Error, Result};

/// A folder that is written to.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    storage: Arc<dyn Storage>,
}

/// A new file of a folder.
#[derive(Debug)]
pub(crate) struct Writing {
    path: PathBuf,
    output: Arc<dyn Output>,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, storage: Arc<dyn Storage>) -> Self {
        Self { path, storage }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A folder in it.
    pub(crate) fn folder(&self, name: &str) -> Self {
        Self { path: self.path.join(name), storage: Arc::clone(&self.storage) }
    }

    /// Creates the folder itself; true if it was not there.
    pub(crate) fn make(&self) -> Result<bool> {
        match self.storage.create_folder(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Error::io(&self.path)(error)),
        }
    }

    /// Creates a file, or empties the one of this name.
    pub(crate) fn create(&self, name: &str) -> Result<Writing> {
        let path = self.path.join(name);
        let output = self.storage.create(&path).map_err(Error::io(&path))?;
        Ok(Writing { path, output })
    }

    /// Gives a file or folder another name.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<()> {
        let to = self.path.join(to);
        self.storage.rename(&self.path.join(from), &to).map_err(Error::io(to))
    }

    /// Removes a file; that there is none is fine.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        absent_is_fine(self.storage.remove(&path)).map_err(Error::io(path))
    }

    /// Removes a folder in it with all its files; that there is none is fine.
    pub(crate) fn remove_folder(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        absent_is_fine(self.storage.remove_folder(&path)).map_err(Error::io(path))
    }

    /// Makes all bytes of a file durable, whoever wrote them.
    pub(crate) fn sync_file(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        self.storage.sync_file(&path).map_err(Error::io(path))
    }

    /// Makes creations, renames and removals durable.
    pub(crate) fn sync(&self) -> Result<()> {
        self.storage.sync_folder(&self.path).map_err(Error::io(&self.path))
    }

    /// Names of what is in it, in no order.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.path).map_err(Error::io(&self.path))?;
        let names = entries.map(|entry| Ok(entry.map_err(Error::io(&self.path))?.file_name().into_string().ok()));
        // What is not UTF-8 is none of ours.
        names.filter_map(Result::transpose).collect()
    }
}

impl Writing {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all bytes at the end.
    pub(crate) fn append(&self, bytes: &[u8]) -> Result<()> {
        self.output.append(bytes).map_err(Error::io(&self.path))
    }

    /// Makes all bytes durable.
    pub(crate) fn sync(&self) -> Result<()> {
        self.output.sync().map_err(Error::io(&self.path))
    }

    /// Drops the bytes from a length on.
    pub(crate) fn cut(&self, length: u64) -> Result<()> {
        self.output.cut(length).map_err(Error::io(&self.path))
    }

    /// Takes away the permission to write.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.output.freeze().map_err(Error::io(&self.path))
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.append(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
