//! The packed files of a segment's keywords, as a folder that can only be read.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, OwnedBytes, WatchCallback, WatchHandle, WritePtr,
};

use crate::format::{Section, Sections};

/// A folder in a segment file. Every block is checked before its bytes are given away.
#[derive(Debug, Clone)]
pub(super) struct PackedFolder(pub(super) Arc<Sections>);

/// One file of it.
#[derive(Clone)]
struct PackedHandle {
    sections: Arc<Sections>,
    range: Range<usize>,
}

impl PackedFolder {
    fn range(&self, path: &Path) -> Result<Range<usize>, OpenReadError> {
        let absent = || OpenReadError::FileDoesNotExist(path.to_path_buf());
        let name = super::packed_name(path).ok_or_else(absent)?;
        let range = self.0.packed(Section::KeywordFiles, Section::Keywords, name);
        range.map_err(|error| refused(path, error))?.ok_or_else(absent)
    }

    fn handle(&self, path: &Path) -> Result<PackedHandle, OpenReadError> {
        Ok(PackedHandle { sections: Arc::clone(&self.0), range: self.range(path)? })
    }
}

fn refused(path: &Path, error: crate::Error) -> OpenReadError {
    OpenReadError::wrap_io_error(io::Error::other(error), path.to_path_buf())
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "a published segment is never written to")
}

impl FileHandle for PackedHandle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let within = self.range.start.saturating_add(range.start)..self.range.start.saturating_add(range.end);
        if range.start > range.end || within.end > self.range.end {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("bytes {range:?} of {}", self.len())));
        }
        self.sections.owned(Section::Keywords, within).map(OwnedBytes::new).map_err(io::Error::other)
    }
}

impl HasLen for PackedHandle {
    fn len(&self) -> usize {
        self.range.len()
    }
}

impl fmt::Debug for PackedHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedHandle({:?})", self.range)
    }
}

impl Directory for PackedFolder {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(self.handle(path)?))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        match self.range(path) {
            Ok(_) => Ok(true),
            Err(OpenReadError::FileDoesNotExist(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let handle = self.handle(path)?;
        let bytes = handle.read_bytes(0..handle.len());
        bytes.map(|bytes| bytes.to_vec()).map_err(|e| OpenReadError::wrap_io_error(e, path.to_path_buf()))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only()), filepath: path.to_path_buf() })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), path.to_path_buf()))
    }

    fn atomic_write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// Nobody writes, so there is nothing to lock.
    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
