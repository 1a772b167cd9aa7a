//! What is run, and within which limits.

use std::env;
use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ManagedError;
use crate::home::Home;

/// What stands before the model in the generator's name.
pub(super) const KIND: &str = "managed";

/// More threads than this do not make a small model faster.
const MOST_THREADS: usize = 8;
/// What a server takes beside its model: keys and values of the context, buffers, stacks of threads.
const BESIDE_MODEL: u64 = 2 << 30;

/// A server of llama.cpp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// Its own program.
    LlamaServer(PathBuf),
    /// The one in the Python package xllamacpp.
    Xllamacpp {
        /// The interpreter, 3.10 or newer.
        python: PathBuf,
        /// Folder that holds the package's folder.
        packages: PathBuf,
    },
}

impl Program {
    /// `llama-server` on this `PATH`, else the pulled one.
    pub fn find(home: &Home, path: Option<&OsStr>) -> Result<Self, ManagedError> {
        if let Some(program) = on_path(path, "llama-server") {
            return Ok(Self::LlamaServer(program));
        }
        let packages = home.generation();
        if !packages.join("xllamacpp").is_dir() {
            return Err(ManagedError::NoProgram { packages });
        }
        let python = on_path(path, "python3").ok_or(ManagedError::NoPython)?;
        Ok(Self::Xllamacpp { python, packages })
    }

    /// Name for people.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::LlamaServer(_) => "llama-server",
            Self::Xllamacpp { .. } => "xllamacpp",
        }
    }
}

/// What is run, and within which limits.
#[derive(Debug, Clone)]
pub struct ManagedSettings {
    /// The server.
    pub program: Program,
    /// The model, a GGUF file.
    pub model: PathBuf,
    /// Its name in replies.
    pub name: String,
    /// Whether somebody named it, rather than that it was pulled.
    pub own: bool,
    /// Threads that compute.
    pub threads: NonZeroUsize,
    /// Tokens of a prompt and its reply together.
    pub context_tokens: u32,
    /// Bytes of memory that the child may write to; the mapped file of the model does not count.
    pub memory_bytes: u64,
    /// How long it may take to load the model.
    pub start_timeout: Duration,
    /// How long it may be silent: it reads prompts one after the other.
    pub silence: Duration,
    /// Program that calls [`enter`](super::enter) first, instead of the running one.
    pub launcher: Option<PathBuf>,
}

impl ManagedSettings {
    /// A model with the defaults: 4096 tokens, twice the model's size and 2 GiB, up to 8 threads on all cores but one, or
    /// on two if there are no more.
    pub fn new(program: Program, model: impl Into<PathBuf>) -> Self {
        let model = model.into();
        let bytes = model.metadata().map_or(0, |found| found.len());
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        // Threads of llama.cpp wait for each other: where a search holds up one of them, it holds up all.
        let threads = if cores > 2 { cores - 1 } else { cores };
        Self {
            program,
            name: model.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            model,
            own: true,
            threads: NonZeroUsize::new(threads.min(MOST_THREADS)).unwrap_or(NonZeroUsize::MIN),
            context_tokens: 4096,
            // Weights may be held a second time, in an order that suits the processor.
            memory_bytes: bytes.saturating_mul(2).saturating_add(BESIDE_MODEL),
            start_timeout: Duration::from_secs(120),
            silence: Duration::from_secs(120),
            launcher: None,
        }
    }

    /// What there is on this machine: a model by path, else the pulled one, and a server for it.
    pub fn find(home: &Home, path: Option<&OsStr>, model: Option<PathBuf>) -> Result<Self, ManagedError> {
        let program = Program::find(home, path)?;
        let own = model.is_some();
        let model = model.unwrap_or_else(|| home.generator_model());
        match model.is_file() {
            true => Ok(Self { own, ..Self::new(program, model) }),
            false => Err(ManagedError::NoModel { path: model }),
        }
    }
}

fn on_path(path: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    // What is found must not depend on the folder that somebody stands in.
    let folders = env::split_paths(path?).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn place(file: &Path, mode: u32) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_server_on_path_comes_before_the_pulled_one_and_without_either_it_is_said_what_to_pull() {
        let folder = tempfile::tempdir().unwrap();
        let (bin, home) = (folder.path().join("bin"), Home::locate(Some(folder.path().join("home"))).unwrap());
        let find = || Program::find(&home, Some(bin.as_os_str()));
        assert!(find().unwrap_err().to_string().contains("maxsim models pull generation"));
        place(&home.generation().join("xllamacpp/__init__.py"), 0o600);
        assert!(matches!(find(), Err(ManagedError::NoPython)));
        place(&bin.join("python3"), 0o700);
        place(&bin.join("llama-server"), 0o600);
        assert_eq!(find().unwrap(), Program::Xllamacpp { python: bin.join("python3"), packages: home.generation() });
        place(&bin.join("llama-server"), 0o700);
        assert_eq!(find().unwrap(), Program::LlamaServer(bin.join("llama-server")));
        assert!(Program::find(&home, None).is_err_and(|error| matches!(error, ManagedError::NoPython)));
    }

    #[test]
    fn a_model_is_named_as_its_file_and_an_absent_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (bin, home) = (folder.path().join("bin"), Home::locate(Some(folder.path().join("home"))).unwrap());
        place(&bin.join("llama-server"), 0o700);
        let find = |model| ManagedSettings::find(&home, Some(bin.as_os_str()), model);
        assert!(matches!(find(None), Err(ManagedError::NoModel { path }) if path == home.generator_model()));
        let own = folder.path().join("Qwen3-4B.Q4_K_M.gguf");
        place(&own, 0o600);
        assert_eq!(find(Some(own)).unwrap().name, "Qwen3-4B.Q4_K_M");
        place(&home.generator_model(), 0o600);
        assert_eq!(find(None).unwrap().name, "SmolLM2-135M-Instruct");
    }
}
