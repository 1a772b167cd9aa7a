//! Why there is no managed generator, each with what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a managed generator cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ManagedError {
    /// There is nothing to run.
    #[error(
        "there is no llama-server on PATH and no {}; `maxsim models pull generation` fetches a server and a small model",
        packages.display()
    )]
    NoProgram {
        /// Where the pulled one would be.
        packages: PathBuf,
    },
    /// There is nothing to run the pulled server with.
    #[error("there is no llama-server and no python3 on PATH; install either (Python 3.10 or newer)")]
    NoPython,
    /// There is nothing to serve.
    #[error(
        "there is no model at {}; give the path of a GGUF file, or `maxsim models pull generation` for a small one",
        path.display()
    )]
    NoModel {
        /// Where it would be.
        path: PathBuf,
    },
    /// Nothing ends a child with its parent here.
    #[error(
        "models are started on Linux only; run a llama-server (or another server of models) yourself, and use the generator `openai`"
    )]
    Platform,
    /// There is no thread to watch the child.
    #[error("no thread to watch the generator: {source}")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
}
