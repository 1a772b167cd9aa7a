//! Flags that several commands share: which documents, which collection, which model.

mod daemon;
mod model;
mod passages;
mod searched;
mod technique;
mod trees;
mod values;

use std::path::PathBuf;

use maxsimd_engine::collection::{CollectionName, Generation, Store};

pub use daemon::DaemonFlags;
pub use model::ModelFlags;
pub use passages::PassageFlags;
pub use searched::SearchedFlags;
pub use technique::{TechniqueFlags, now};
pub use trees::TreeFlags;
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
