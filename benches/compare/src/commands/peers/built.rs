//! Indexes of one data set, each built once, with what their builds took.

use serde::{Deserialize, Serialize};

use crate::commands::build::build;
use crate::dataset::Dataset;
use crate::engines::Index;
use crate::machine;
use crate::process::Usage;
use crate::work::Work;

/// What a build took and left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Built {
    /// Which vectors.
    vectors: String,
    /// The day.
    pub(super) day: String,
    threads: usize,
    #[serde(flatten)]
    pub(super) usage: Usage,
    pub(super) bytes: u64,
    /// Of `bytes`, what is there a second time.
    pub(super) bytes_twice: u64,
}

/// What builds, and what it has built.
pub(super) struct Builder<'a> {
    pub(super) data: &'a Dataset,
    pub(super) work: &'a Work,
    pub(super) python: &'a str,
    pub(super) threads: usize,
    pub(super) keep: bool,
    pub(super) done: Vec<(Index, Built)>,
}

impl Builder<'_> {
    /// An index of the data set: built before by this run, kept of an earlier one, or built now.
    pub(super) fn built(&mut self, index: Index) -> anyhow::Result<Built> {
        if let Some((_, built)) = self.done.iter().find(|(done, _)| *done == index) {
            return Ok(built.clone());
        }
        let built = match self.kept(index) {
            Some(built) => built,
            None => self.anew(index)?,
        };
        self.done.push((index, built.clone()));
        Ok(built)
    }

    fn kept(&self, index: Index) -> Option<Built> {
        let record = self.keep.then(|| std::fs::read(self.work.built(&index.name())).ok()).flatten()?;
        let built: Built = serde_json::from_slice(&record).ok()?;
        (built.vectors == self.vectors() && built.threads == self.threads).then_some(built)
    }

    fn anew(&self, index: Index) -> anyhow::Result<Built> {
        let record = self.work.built(&index.name());
        if record.exists() {
            std::fs::remove_file(&record)?;
        }
        eprintln!("{}: building {}", self.data.name, index.name());
        let (usage, bytes) = build(index, (&self.data.place, self.work), self.python, self.threads)?;
        let built = Built {
            vectors: self.vectors(),
            day: machine::today()?,
            threads: self.threads,
            usage,
            bytes: bytes.all,
            bytes_twice: bytes.twice,
        };
        std::fs::write(&record, serde_json::to_vec(&built)?)?;
        Ok(built)
    }

    fn vectors(&self) -> String {
        self.data.corpus.identity().to_owned()
    }
}
