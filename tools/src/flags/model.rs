//! Flags that say which encoder, and what opens it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use maxsimd_engine::collection::{EncoderId, Generation};
use maxsimd_engine::encode::{CrossEncoder, Encoder, OnnxCrossEncoder, OnnxEncoder, Runtime};
use maxsimd_server::home::{DEFAULT_MODEL, Home};

/// Which encoder.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelFlags {
    /// Encoder: a model folder, or the name of a pulled model (ORG/REPO if from a hub)
    #[arg(long, value_name = "M", env = "MAXSIMD_MODEL", default_value = DEFAULT_MODEL)]
    pub model: String,
    /// Folder of models and libraries [default: maxsimd in the user's cache folder]
    #[arg(long, value_name = "DIR", env = "MAXSIMD_HOME", hide = true)]
    pub home: Option<PathBuf>,
    /// ONNX Runtime library, instead of the pulled one
    #[arg(long, value_name = "FILE", env = "ORT_DYLIB_PATH", hide = true)]
    pub onnx_runtime: Option<PathBuf>,
}

impl ModelFlags {
    /// The asset folder.
    pub fn home(&self) -> anyhow::Result<Home> {
        Home::locate(self.home.clone()).context("there is no cache folder to look for models in; set MAXSIMD_HOME")
    }

    /// Opens the encoder with a number of sessions.
    pub fn open(&self, sessions: usize) -> anyhow::Result<Arc<dyn Encoder>> {
        let (runtime, folder) = self.found(&self.model)?;
        Ok(Arc::new(OnnxEncoder::open(&runtime, &folder, sessions)?))
    }

    /// Opens a cross-encoder, for one question at a time.
    pub fn open_cross(&self, name: &str) -> anyhow::Result<Arc<dyn CrossEncoder>> {
        let (runtime, folder) = self.found(name)?;
        Ok(Arc::new(OnnxCrossEncoder::open(&runtime, &folder, 1)?))
    }

    /// The folder of a model, and what runs it.
    fn found(&self, name: &str) -> anyhow::Result<(Runtime, PathBuf)> {
        let home = self.home()?;
        let folder = home.model(name);
        anyhow::ensure!(
            folder.is_dir(),
            "{}: no such model; `maxsim models pull` fetches the default, `maxsim models pull hf:ORG/REPO` another one, \
             folders are taken, too",
            folder.display()
        );
        let runtime = Runtime::load(&home.library(self.onnx_runtime.clone()))?;
        Ok((runtime, folder))
    }

    /// Opens the encoder and checks that it is the one that a generation was built with.
    pub fn open_for(&self, generation: &Generation, sessions: usize) -> anyhow::Result<Arc<dyn Encoder>> {
        let encoder = self.open(sessions)?;
        generation.check_encoder(&EncoderId::of(&*encoder))?;
        Ok(encoder)
    }
}
