//! Flags that comparisons of searches share, and what they name.

use std::path::PathBuf;

use crate::exact::{self, Scored};
use crate::queries::{self, Query};
use crate::vectors::VectorsFolder;
use crate::work::Work;

/// Vectors, judgments and the work folder.
#[derive(Debug, clap::Args)]
pub(crate) struct InputFlags {
    /// Folder that `maxsim encode` wrote of the corpus
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: PathBuf,
    /// Folder that `maxsim encode --queries` wrote
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: PathBuf,
    /// Judgments in BEIR layout; queries without any are left out
    #[arg(long, value_name = "FILE")]
    pub(crate) qrels: PathBuf,
    /// Folder for indexes and exact rankings
    #[arg(long, value_name = "DIR")]
    pub(crate) work: PathBuf,
}

/// What the flags name, opened.
pub(crate) struct Inputs {
    pub(crate) corpus: VectorsFolder,
    pub(crate) queries: Vec<Query>,
    pub(crate) work: Work,
    query_folder: VectorsFolder,
}

impl Inputs {
    pub(crate) fn open(flags: &InputFlags) -> anyhow::Result<Self> {
        let (corpus, query_folder) = (VectorsFolder::open(&flags.corpus)?, VectorsFolder::open(&flags.queries)?);
        let queries = queries::judged(&query_folder, &flags.qrels)?;
        Ok(Self { corpus, queries, work: Work::new(&flags.work)?, query_folder })
    }

    /// The best 100 passages of each query in one of several folders, with their scores.
    pub(crate) fn exact_in(&self, number: usize, folder: &VectorsFolder) -> anyhow::Result<Vec<Vec<Scored>>> {
        let threads = std::thread::available_parallelism()?.get();
        exact::scored(&self.work.exact_of(number), folder, (&self.query_folder, &self.queries), threads)
    }

    /// Ids of passages; what is not of the corpus has none.
    pub(crate) fn ids<'a>(&'a self, passages: &'a [u32]) -> impl Iterator<Item = &'a str> {
        let id = |&number: &u32| usize::try_from(number).ok().and_then(|number| self.corpus.ids().get(number));
        passages.iter().map(move |number| id(number).map_or("", String::as_str))
    }
}
