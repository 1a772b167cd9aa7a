//! What an unfinished build has done, so that it can be resumed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::collection::SegmentFiles;
use crate::format::{read_sealed, write_sealed};
use crate::{Error, Result};

const JOURNAL: &str = "build.journal";

/// Written after every finished segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    /// Inputs and options; a build with another plan starts over.
    pub(super) plan: String,
    /// The generation that the build publishes, whether or not it is interrupted between publishing and forgetting.
    pub(super) generation: u64,
    /// Wall time so far.
    pub(super) seconds: f64,
    pub(super) documents: u64,
    pub(super) passages: u64,
    pub(super) token_vectors: u64,
    pub(super) truncated_passages: u64,
    pub(super) truncated_tokens: u64,
    pub(super) segments: Vec<SegmentFiles>,
}

impl Journal {
    /// The journal of an interrupted build with this plan. A damaged one is no reason to fail: the build starts over.
    pub(super) fn resume(folder: &Path, plan: &str, generation: u64) -> Result<Self> {
        let fresh = Self { plan: plan.to_owned(), generation, ..Self::default() };
        match read_sealed::<Self>(&folder.join(JOURNAL)) {
            Ok(Some(journal)) if journal.plan == plan => Ok(journal),
            Ok(_) | Err(Error::Corrupt { .. }) => Ok(fresh),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write_sealed(folder, JOURNAL, self)
    }

    /// Forgets the build: it is published.
    pub(super) fn remove(folder: &Path) -> Result<()> {
        let path = folder.join(JOURNAL);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path)(error)),
            _ => Ok(()),
        }
    }
}
