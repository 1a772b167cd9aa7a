//! next-plaid: an index built and searched with the settings that it has by default.

use std::path::Path;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use ndarray::Array2;
use next_plaid::{IndexConfig, MmapIndex, QueryResult, SearchParameters};
use rayon::ThreadPoolBuilder;

use super::PEER_WIDTH;
use crate::pca;
use crate::queries::Query;
use crate::searcher::Searcher;
use crate::vectors::VectorsFolder;

/// How it stores vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Codes {
    /// Residuals of 4 bits a value, its default
    #[value(name = "4bits")]
    FourBits,
    /// Residuals of 2 bits a value
    #[value(name = "2bits")]
    TwoBits,
    /// Signs
    Binary,
}

impl Codes {
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

/// Builds an index from a folder of projected vectors. All of them are in memory at once: its interface takes them so.
pub(crate) fn build(vectors: &Path, index: &Path, codes: Codes, threads: usize) -> anyhow::Result<()> {
    let folder = VectorsFolder::open(vectors)?;
    let passages = (0..folder.len()).map(|text| pca::matrix(&folder.read(text)?, folder.width()));
    let passages = passages.collect::<anyhow::Result<Vec<_>>>()?;
    let path = index.to_str().context("next-plaid takes paths in UTF-8 only")?;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| MmapIndex::create_with_kmeans(&passages, path, &codes.config()))?;
    Ok(())
}

/// Its name for the kernel that it scores residuals with here.
pub(crate) fn kernel() -> &'static str {
    next_plaid::residual_lut::active_kernel_name(PEER_WIDTH, true)
}

/// An index with the judged queries.
pub(crate) struct NextPlaid {
    index: MmapIndex,
    queries: Vec<Array2<f32>>,
}

impl NextPlaid {
    /// Opens an index of so many passages with the projected queries.
    pub(crate) fn open(path: &Path, (projected, queries): (&Path, &[Query]), passages: usize) -> anyhow::Result<Self> {
        let index = MmapIndex::load(path.to_str().context("next-plaid takes paths in UTF-8 only")?)?;
        ensure!(index.num_documents() == passages, "{} is of another corpus", path.display());
        let projected = VectorsFolder::open(projected)?;
        let read = |query: &Query| pca::matrix(&projected.read(query.number)?, projected.width());
        Ok(Self { index, queries: queries.iter().map(read).collect::<anyhow::Result<_>>()? })
    }
}

impl Searcher for NextPlaid {
    type Reply = QueryResult;

    fn search(&self, query: usize, k: usize) -> anyhow::Result<QueryResult> {
        Ok(self.index.search(&self.queries[query], &parameters(k), None)?)
    }

    fn passages(&self, reply: &QueryResult) -> Vec<u32> {
        reply.passage_ids.iter().filter_map(|&id| u32::try_from(id).ok()).collect()
    }

    /// Makes this thread the only one of its parallel loops, so that they run here without waking another.
    fn begin(&self) -> anyhow::Result<()> {
        if rayon::current_thread_index().is_some() {
            return Ok(());
        }
        // The pool lives as long as the thread.
        ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().map(std::mem::forget)?;
        Ok(())
    }

    fn batch(&self, k: usize, threads: usize) -> Option<anyhow::Result<()>> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        Some(pool.map_err(anyhow::Error::from).and_then(|pool| {
            pool.install(|| self.index.search_batch(&self.queries, &parameters(k), true, None))?;
            Ok(())
        }))
    }
}

fn parameters(k: usize) -> SearchParameters {
    SearchParameters { top_k: k, ..SearchParameters::default() }
}
