//! The asset folder (`MAXSIMD_HOME`): models and the ONNX Runtime library, and which of them is used.

use std::path::{Path, PathBuf};

/// The encoder that is used when no model is named.
pub const DEFAULT_MODEL: &str = "all-minilm-l6-v2";

/// The asset folder.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// `MAXSIMD_HOME` if given, else `maxsimd` in the user's cache folder.
    pub fn locate(maxsimd_home: Option<PathBuf>) -> Option<Self> {
        let cache = || {
            let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
            xdg.or_else(|| Some(std::env::home_dir()?.join(".cache"))).map(|cache| cache.join("maxsimd"))
        };
        maxsimd_home.filter(|p| !p.as_os_str().is_empty()).or_else(cache).map(|root| Self { root })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A model given as a folder, else the pulled model of that name.
    pub fn model(&self, name_or_folder: &str) -> PathBuf {
        let folder = PathBuf::from(name_or_folder);
        if folder.is_dir() { folder } else { self.root.join("models").join(name_or_folder) }
    }

    /// Where the optional asset for generation stands; Python finds its package there.
    pub fn generation(&self) -> PathBuf {
        self.root.join("generation")
    }

    /// The model of that asset.
    pub fn generator_model(&self) -> PathBuf {
        self.generation().join("SmolLM2-135M-Instruct.gguf")
    }

    /// Where a pulled ONNX Runtime library stands.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("runtime").join("libonnxruntime.so")
    }

    /// The ONNX Runtime library to load: the one that `ORT_DYLIB_PATH` names if given, else the pulled one.
    pub fn library(&self, ort_dylib_path: Option<PathBuf>) -> PathBuf {
        ort_dylib_path.filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| self.runtime())
    }
}
