//! The one error type of the engine: values in variants, so that callers can say what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::filter::FilterError;

/// Result of an engine call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused an operation on a file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The operating system does not keep a file in memory.
    #[error(
        "{}: {bytes} bytes cannot be locked in memory ({source}); raise the limit on locked memory \
         (`ulimit -l`, LimitMEMLOCK= of a systemd unit) or do without locking",
        path.display()
    )]
    MemoryLock {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A file's bytes are not what was written.
    #[error("{}: section {section} is damaged: expected {expected}, found {found}", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// The section (or `header`, `table`, `footer`) the damage is in.
        section: String,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A sound file of a format version that this build does not read.
    #[error("{}: format version {found}, this build reads version {supported}; rebuild the collection or use a matching release", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version this build reads.
        supported: u32,
    },
    /// There is no such collection.
    #[error("collection {name} does not exist; `maxsim build --collection {name}` makes it")]
    CollectionNotFound {
        /// The name asked for.
        name: String,
    },
    /// There is such a collection already.
    #[error("collection {name} exists already; drop it first, or take another name")]
    CollectionExists {
        /// The name asked for.
        name: String,
    },
    /// So much waits to be applied that nothing more is taken.
    #[error("{bytes} bytes of changes wait to be applied; try again later")]
    Backlog {
        /// Bytes that wait.
        bytes: u64,
    },
    /// An idempotency key came with another change before.
    #[error("idempotency key {key:?} came with another request before; take another key")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// Texts are to be encoded, and there is no encoder.
    #[error("the collection's texts need encoder {expected}; give the model that it was built with")]
    EncoderNeeded {
        /// Name of the collection's encoder.
        expected: String,
    },
    /// Another process is writing to this collection.
    #[error("{}: another process is writing here; wait for it or stop it", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// An alias stands for the collection.
    #[error("collection {name} cannot be dropped while alias {alias} stands for it; set or remove the alias first")]
    Aliased {
        /// The collection.
        name: String,
        /// The first alias that stands for it.
        alias: String,
    },
    /// Writing was to go to a remote file system.
    #[error(
        "{}: this is {kind}, where a mapped file that cannot be read ends the process and locks may not hold; keep \
         the data folder on a local disk, or take the risk with --allow-remote-fs",
        path.display()
    )]
    RemoteFileSystem {
        /// The data folder.
        path: PathBuf,
        /// What the file system is called.
        kind: &'static str,
    },
    /// An argument is out of its range or makes no sense.
    #[error("{field}: {reason}")]
    Invalid {
        /// The argument.
        field: &'static str,
        /// Why it is refused and what would be accepted.
        reason: String,
    },
    /// The collection cannot be searched in this mode.
    #[error("mode {mode} is not available: {reason}")]
    ModeUnavailable {
        /// The mode asked for.
        mode: &'static str,
        /// Why, and what makes it available.
        reason: String,
    },
    /// The collection has nothing of this scope.
    #[error("scope {scope} is not available: the collection was not built with it")]
    ScopeUnavailable {
        /// The scope asked for.
        scope: &'static str,
    },
    /// A filter that cannot be used.
    #[error("filter: {0}")]
    Filter(#[from] FilterError),
    /// Vectors do not have the collection's width.
    #[error("token vectors have width {found}, the collection has {expected}")]
    Width {
        /// Width of the collection.
        expected: usize,
        /// Width of the vectors given.
        found: usize,
    },
    /// The encoder is not the one that the collection was built with.
    #[error("the collection was built with encoder {expected}, not {found}; give the same model")]
    EncoderMismatch {
        /// Name and fingerprint stored in the collection.
        expected: String,
        /// Name and fingerprint of the encoder given.
        found: String,
    },
    /// A model folder cannot be used.
    #[error("{}: {reason}", path.display())]
    Model {
        /// The model folder or the file in it.
        path: PathBuf,
        /// What is wrong and what would help.
        reason: String,
    },
    /// ONNX Runtime failed.
    #[error("ONNX Runtime: {message}")]
    Runtime {
        /// What it said.
        message: String,
    },
    /// The keyword index failed.
    #[error("keyword index: {message}")]
    Keywords {
        /// What it said.
        message: String,
    },
    /// The deadline passed before the call was done.
    #[error("the deadline passed")]
    Deadline,
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Wraps an I/O error with the path it happened at.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// An argument that is refused.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }
}
