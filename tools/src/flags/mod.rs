//! Flags that several commands share: which documents, which collection, which model.

mod daemon;
mod searched;
mod technique;
mod values;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use maxsimd_engine::collection::{CollectionName, EncoderId, Generation, Store};
use maxsimd_engine::encode::{CrossEncoder, Encoder, OnnxCrossEncoder, OnnxEncoder, Runtime};
use maxsimd_server::home::{DEFAULT_MODEL, Home};

pub use daemon::DaemonFlags;
pub use searched::SearchedFlags;
pub use technique::{TechniqueFlags, now};
pub use values::{bytes, filter, hits, recall, threads};

/// What documents come from.
#[derive(Debug, Clone, clap::Args)]
pub struct SourceFlags {
    /// Files and folders: .md .txt .html .pdf .docx .jsonl .jsonl.gz and source code
    #[arg(long, num_args = 1.., value_name = "PATH", required_unless_present = "vectors", conflicts_with = "vectors")]
    pub input: Vec<PathBuf>,
    /// A folder that `maxsim encode` wrote
    #[arg(long, value_name = "DIR")]
    pub vectors: Option<PathBuf>,
}

/// Which collection.
#[derive(Debug, Clone, clap::Args)]
pub struct CollectionFlags {
    /// Folder that holds the collections
    #[arg(long, value_name = "DIR", env = "MAXSIMD_DATA")]
    pub data: PathBuf,
    /// Name of the collection
    #[arg(long, value_name = "NAME", value_parser = CollectionName::parse)]
    pub collection: CollectionName,
}

impl CollectionFlags {
    /// The store, which must exist.
    pub fn store(&self) -> anyhow::Result<Store> {
        Ok(Store::open(&self.data)?)
    }

    /// The store, and the name of the collection that an alias may stand for.
    pub fn resolved(&self) -> anyhow::Result<(Store, CollectionName)> {
        let store = self.store()?;
        let name = store.resolve(&self.collection)?;
        Ok((store, name))
    }

    /// Opens what is published.
    pub fn open(&self) -> anyhow::Result<Generation> {
        let (store, name) = self.resolved()?;
        Ok(store.open_generation(&name)?)
    }
}

/// Whether to write where it is a risk.
#[derive(Debug, Clone, clap::Args)]
pub struct RemoteFlags {
    /// Write also where the data folder is on a network file system, although losing it ends the process
    #[arg(long)]
    allow_remote_fs: bool,
}

impl RemoteFlags {
    /// The store of a collection, for writing.
    pub fn open(&self, collection: &CollectionFlags) -> anyhow::Result<Store> {
        Ok(self.allow(collection.store()?))
    }

    /// A store, for writing.
    pub fn allow(&self, store: Store) -> Store {
        if self.allow_remote_fs { store.allowing_remote() } else { store }
    }
}

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

/// Which kernels.
#[derive(Debug, Clone, clap::Args)]
pub struct KernelFlags {
    /// Instruction set to score with: avx512-vnni, avx2, neon or scalar [default: the fastest that there is]
    #[arg(long, value_name = "NAME", env = "MAXSIMD_KERNELS")]
    pub kernels: Option<String>,
}

impl KernelFlags {
    /// Chooses the kernels of this process.
    pub fn apply(&self) -> anyhow::Result<()> {
        if let Some(name) = &self.kernels {
            maxsimd_engine::kernels::force(name)?;
        }
        Ok(())
    }
}
