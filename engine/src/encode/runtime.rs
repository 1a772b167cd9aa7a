//! The ONNX Runtime library: loaded once in a process, from a path that the caller gives.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::LoadDynamicError;
use ort::environment::Environment;

use crate::{Error, Result};

// ONNX Runtime has one library and one environment in a process, for as long as the process lives.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// A loaded ONNX Runtime. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
}

impl Runtime {
    /// Loads the library, or returns what is loaded already; a second, different library is refused.
    /// Its log messages are dropped (what it refuses comes back as an error) and its telemetry is switched off. Version 1.31 has begun
    /// it by then, unless `ORT_DISABLE_TELEMETRY` was in the environment when the process started, as the programs of this
    /// repository see to.
    pub fn load(library: &Path) -> Result<Self> {
        let library = library.canonicalize().map_err(|e| {
            fail(format!(
                "{}: {e}; `maxsim models pull` fetches the library, ORT_DYLIB_PATH names another",
                library.display()
            ))
        })?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return if runtime.library == library {
                Ok(runtime.clone())
            } else {
                Err(fail(format!("{} is loaded already, {} cannot be", runtime.library.display(), library.display())))
            };
        }
        let environment = ort::init_from(&library)
            .map_err(|e| fail(unloadable(&e)))?
            .with_name("maxsimd")
            .with_telemetry(false)
            .with_logger(Arc::new(|_, _, _, _, _| {}))
            .build()
            .map_err(fail)?;
        Ok(loaded.insert(Self { environment, library }).clone())
    }

    /// The file that was loaded.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// What the library says about its build.
    pub fn build_info(&self) -> &'static str {
        ort::info()
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

pub(super) fn fail(message: impl ToString) -> Error {
    Error::Runtime { message: message.to_string() }
}

/// The loader's own words (`invalid ELF header`) are one level down.
fn unloadable(error: &LoadDynamicError) -> String {
    match error {
        LoadDynamicError::Dlopen { error: inner, .. } => match inner.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_library_is_an_error_that_says_how_to_get_it() {
        let error = Runtime::load(Path::new("/nowhere/libonnxruntime.so")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/libonnxruntime.so") && error.contains("models pull"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"not an ELF file").unwrap();
        assert!(matches!(Runtime::load(file.path()), Err(Error::Runtime { .. })));
    }
}
