//! A data folder with its collections. Opening and reading it writes nothing.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::{MANIFEST, Manifest};
use super::{CollectionName, Generation, Lock};
use crate::format::{FileKind, PARTIAL};
use crate::storage::{Disk, Folder, Storage, is_remote};
use crate::{Error, Result};

/// A data folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    storage: Arc<dyn Storage>,
    remote_allowed: bool,
}

/// Identity of a published manifest file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    modified: (i64, i64),
    bytes: u64,
}

impl Store {
    /// A store over an existing folder.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        Self::on(Arc::new(Disk), root)
    }

    /// A store that writes through a storage.
    pub fn on(storage: Arc<dyn Storage>, root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        if !root.exists() {
            let reason = format!("{} does not exist; `maxsim build --data DIR` makes it", root.display());
            return Err(Error::invalid("data", reason));
        }
        fs::read_dir(&root).map_err(Error::io(&root))?;
        Ok(Self { root, storage, remote_allowed: false })
    }

    /// The same store, which also writes where its folder is on a remote file system.
    #[must_use]
    pub fn allowing_remote(self) -> Self {
        Self { remote_allowed: true, ..self }
    }

    /// Fails if the folder is on a remote file system and that was not allowed; for those who write.
    pub(crate) fn check_local(&self) -> Result<()> {
        match is_remote(&self.root).map_err(Error::io(&self.root))? {
            Some(kind) if !self.remote_allowed => Err(Error::RemoteFileSystem { path: self.root.clone(), kind }),
            _ => Ok(()),
        }
    }

    /// The folder of a collection, whether or not it exists.
    pub fn folder(&self, name: &CollectionName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// The folder of all collections, for writing.
    pub(crate) fn root(&self) -> Folder {
        Folder::new(self.root.clone(), Arc::clone(&self.storage))
    }

    /// The folder of a collection, for writing; it is there and durable when this returns.
    pub(crate) fn make_folder(&self, name: &CollectionName) -> Result<Folder> {
        self.check_local()?;
        let root = self.root();
        let _names = Lock::of_names(root.path())?;
        self.check_no_alias(name)?;
        let folder = root.folder(name.as_str());
        folder.make()?;
        root.sync()?;
        Ok(folder)
    }

    /// Collections with a published generation, sorted by name.
    pub fn names(&self) -> Result<Vec<CollectionName>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(Error::io(&self.root))? {
            let entry = entry.map_err(Error::io(&self.root))?;
            let name = entry.file_name().to_str().and_then(|name| CollectionName::parse(name).ok());
            names.extend(name.filter(|_| entry.path().join(MANIFEST).is_file()));
        }
        names.sort();
        Ok(names)
    }

    /// Cheap identity of what is published; differs after every publication.
    pub fn stamp(&self, name: &CollectionName) -> Result<Stamp> {
        let path = self.folder(name).join(MANIFEST);
        match fs::metadata(&path) {
            Ok(m) => Ok(Stamp { inode: m.ino(), modified: (m.mtime(), m.mtime_nsec()), bytes: m.len() }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(not_found(name)),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// Opens what is published now.
    pub fn open_generation(&self, name: &CollectionName) -> Result<Generation> {
        let folder = self.folder(name);
        let mut manifest = Manifest::read(&folder)?.ok_or_else(|| not_found(name))?;
        loop {
            match Generation::open(name, &folder, &manifest) {
                Err(Error::Io { path, source }) if source.kind() == ErrorKind::NotFound => {
                    // A writer may have published the next generation and removed this one's files meanwhile.
                    let now = Manifest::read(&folder)?.ok_or_else(|| not_found(name))?;
                    if now == manifest {
                        return Err(Error::Io { path, source });
                    }
                    manifest = now;
                }
                result => return result,
            }
        }
    }
}

/// Path of a published file.
pub(crate) fn file_path(folder: &Path, kind: FileKind, hash: &str) -> PathBuf {
    folder.join(file_name(kind, hash))
}

/// Name of a published file.
pub(crate) fn file_name(kind: FileKind, hash: &str) -> String {
    format!("{hash}.{}", kind.extension())
}

/// Removes published and partial files that are not named, for a writer that holds the lock and is alone.
pub(crate) fn remove_unnamed(folder: &Folder, named: &[(FileKind, &str)]) -> Result<()> {
    let partial = folder.names()?.into_iter().filter(|name| extension(name) == PARTIAL);
    partial.into_iter().try_for_each(|name| folder.remove(&name))?;
    remove_unpublished(folder, named)
}

/// Removes files that are not named and not being written.
pub(crate) fn remove_unpublished(folder: &Folder, named: &[(FileKind, &str)]) -> Result<()> {
    let keep: HashSet<String> = named.iter().map(|(kind, hash)| file_name(*kind, hash)).collect();
    let ours = |name: &String| FileKind::ALL.iter().any(|kind| kind.extension() == extension(name));
    let unnamed = folder.names()?.into_iter().filter(|name| ours(name) && !keep.contains(name));
    unnamed.into_iter().try_for_each(|name| folder.remove(&name))
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn not_found(name: &CollectionName) -> Error {
    Error::CollectionNotFound { name: name.as_str().to_owned() }
}
