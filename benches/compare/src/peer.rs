//! next-plaid: an index built and searched with the settings that it has by default.

use std::path::Path;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use ndarray::Array2;
use next_plaid::{IndexConfig, MmapIndex, QueryResult, SearchParameters};
use rayon::ThreadPoolBuilder;

use crate::pca;
use crate::queries::Query;
use crate::searcher::Searcher;
use crate::vectors::VectorsFolder;
use crate::work::Work;

/// Values per vector that the peer is made for.
pub(crate) const PEER_WIDTH: usize = 128;

/// How the peer stores vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeerKind {
    /// Residuals of 4 bits a value, its default
    #[value(name = "4bits")]
    FourBits,
    /// Residuals of 2 bits a value
    #[value(name = "2bits")]
    TwoBits,
    /// Signs
    Binary,
}

impl PeerKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FourBits => "4bits",
            Self::TwoBits => "2bits",
            Self::Binary => "binary",
        }
    }

    fn config(self) -> IndexConfig {
        match self {
            Self::FourBits => IndexConfig::default(),
            Self::TwoBits => IndexConfig { nbits: 2, ..IndexConfig::default() },
            Self::Binary => IndexConfig { binary: true, ..IndexConfig::default() },
        }
    }
}

/// Builds an index from a folder of projected vectors. All of them are in memory at once: the peer takes them so.
pub(crate) fn build(vectors: &Path, index: &Path, kind: PeerKind, threads: usize) -> anyhow::Result<()> {
    let folder = VectorsFolder::open(vectors)?;
    let passages = (0..folder.len()).map(|text| pca::matrix(&folder.read(text)?, folder.width()));
    let passages = passages.collect::<anyhow::Result<Vec<_>>>()?;
    if index.exists() {
        std::fs::remove_dir_all(index)?;
    }
    let path = index.to_str().context("the peer takes paths in UTF-8 only")?;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| MmapIndex::create_with_kmeans(&passages, path, &kind.config()))?;
    Ok(())
}

/// The peer's index with the judged queries.
pub(crate) struct Peer {
    index: MmapIndex,
    queries: Vec<Array2<f32>>,
}

impl Peer {
    pub(crate) fn open(work: &Work, kind: PeerKind, queries: &[Query], passages: usize) -> anyhow::Result<Self> {
        let path = work.peer_index(kind);
        ensure!(path.exists(), "{} is missing: run `compare build` first", path.display());
        let index = MmapIndex::load(path.to_str().context("the peer takes paths in UTF-8 only")?)?;
        ensure!(index.num_documents() == passages, "{} is of another corpus", path.display());
        let projected = VectorsFolder::open(&work.projected_queries())?;
        let read = |query: &Query| pca::matrix(&projected.read(query.number)?, projected.width());
        Ok(Self { index, queries: queries.iter().map(read).collect::<anyhow::Result<_>>()? })
    }

    /// The peer's name for the kernel that it scores with here.
    pub(crate) fn kernel(&self) -> &'static str {
        next_plaid::residual_lut::active_kernel_name(self.index.embedding_dim(), true)
    }

    /// All queries by the peer's own parallel search, on the threads of the pool that this runs in.
    pub(crate) fn search_all(&self, k: usize) -> anyhow::Result<usize> {
        Ok(self.index.search_batch(&self.queries, &parameters(k), true, None)?.len())
    }
}

impl Searcher for Peer {
    type Reply = QueryResult;

    fn search(&self, query: usize, k: usize) -> anyhow::Result<QueryResult> {
        Ok(self.index.search(&self.queries[query], &parameters(k), None)?)
    }

    fn passages(&self, reply: &QueryResult) -> Vec<u32> {
        reply.passage_ids.iter().filter_map(|&id| u32::try_from(id).ok()).collect()
    }
}

/// Makes this thread the peer's only one, so that its parallel loops run here without waking another.
pub(crate) fn hold_to_this_thread() -> anyhow::Result<()> {
    // The pool lives as long as the thread.
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().map(std::mem::forget)?;
    Ok(())
}

fn parameters(k: usize) -> SearchParameters {
    SearchParameters { top_k: k, ..SearchParameters::default() }
}
