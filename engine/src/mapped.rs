//! The one memory mapping of the engine. Everything else sees bytes.

#![expect(unsafe_code, reason = "memory mapping is unsafe by nature; the contract is written once, here")]

use std::fs::File;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::{Advice, Mmap};
use stable_deref_trait::StableDeref;

use crate::{Error, Result};

/// A whole immutable file, mapped read-only.
#[derive(Debug)]
pub(crate) struct MappedFile {
    path: PathBuf,
    map: Arc<Mmap>,
}

impl MappedFile {
    /// Maps a file of the store.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(Error::io(path))?;
        if !metadata.is_file() {
            return Err(Error::io(path)(std::io::Error::other("not a regular file")));
        }
        let file = File::open(path).map_err(Error::io(path))?;
        // SAFETY: a mapping is sound while nobody truncates or overwrites the file. This program writes files of a
        // store once, under a temporary name, makes them read-only, publishes them by rename and afterwards only
        // unlinks them (`format/writer.rs`); rename and unlink leave a mapping intact. That no other program writes
        // into a data folder is the operator's part, stated in FORMAT.md.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io(path))?;
        Ok(Self { path: path.to_path_buf(), map: Arc::new(map) })
    }

    /// Where the file was when it was opened.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Some bytes, which keep the mapping alive. Panics if the file has not that many.
    pub(crate) fn owned(&self, bytes: Range<usize>) -> MappedBytes {
        assert!(bytes.start <= bytes.end && bytes.end <= self.map.len(), "bytes of the file");
        MappedBytes { map: Arc::clone(&self.map), bytes }
    }

    /// Asks the system to read some bytes before they are touched.
    pub(crate) fn read_ahead(&self, bytes: &Range<usize>) -> Result<()> {
        self.map.advise_range(Advice::WillNeed, bytes.start, bytes.len()).map_err(Error::io(&self.path))
    }

    /// Reads the file into memory and keeps it there for as long as it is mapped.
    pub(crate) fn lock(&self) -> Result<()> {
        let refused = |source| Error::MemoryLock { path: self.path.clone(), bytes: self.map.len() as u64, source };
        self.map.lock().map_err(refused)
    }
}

/// Some bytes of a mapped file.
#[derive(Debug)]
pub(crate) struct MappedBytes {
    map: Arc<Mmap>,
    bytes: Range<usize>,
}

impl Deref for MappedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.bytes.clone()]
    }
}

// SAFETY: the bytes lie in the mapping, which stays where it is however often this value moves, and as long as it lives.
unsafe impl StableDeref for MappedBytes {}
