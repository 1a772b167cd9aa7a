//! What an unfinished build has done, so that it can be resumed.

use serde::{Deserialize, Serialize};

use super::metadata::Metadata;
use crate::collection::SegmentFiles;
use crate::filter::Values;
use crate::format::{FileKind, read_sealed, seal};
use crate::storage::Folder;
use crate::{Document, Error, Result};

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
    pub(super) nodes: u64,
    pub(super) token_vectors: u64,
    pub(super) truncated_passages: u64,
    pub(super) truncated_tokens: u64,
    pub(super) metadata: Metadata,
    /// Chained BLAKE3 over the documents so far: a file that is read differently the second time is noticed.
    pub(super) seen: String,
    pub(super) segments: Vec<SegmentFiles>,
}

impl Journal {
    /// The journal of an interrupted build with this plan. One with another plan is forgotten before its files are;
    /// a damaged one is no reason to fail: the build starts over.
    pub(super) fn resume(folder: &Folder, plan: &str, generation: u64) -> Result<Self> {
        let fresh = Self { plan: plan.to_owned(), generation, ..Self::default() };
        match read_sealed::<Self>(&folder.path().join(JOURNAL)) {
            Ok(Some(journal)) if journal.plan == plan => Ok(journal),
            Ok(None) => Ok(fresh),
            Ok(Some(_)) | Err(Error::Corrupt { .. }) => Self::remove(folder).map(|()| fresh),
            Err(error) => Err(error),
        }
    }

    /// Files of finished segments.
    pub(super) fn files(&self) -> impl Iterator<Item = (FileKind, &str)> {
        self.segments.iter().flat_map(|files| {
            let vectors = files.vectors.as_deref().map(|hash| (FileKind::Vectors, hash));
            [(FileKind::Segment, files.segment.as_str())].into_iter().chain(vectors)
        })
    }

    /// The key of what is written next.
    pub(super) fn next_key(&self) -> u64 {
        self.passages + self.nodes
    }

    /// Counts a document; what filters will see of it.
    pub(super) fn note(&mut self, document: &Document) -> Values {
        self.documents += 1;
        self.seen = chain(&self.seen, document);
        self.metadata.values(document)
    }

    pub(super) fn write(&self, folder: &Folder) -> Result<()> {
        seal(folder, JOURNAL, self)
    }

    /// Forgets the build: it is published.
    pub(super) fn remove(folder: &Folder) -> Result<()> {
        folder.remove(JOURNAL)?;
        folder.sync()
    }
}

/// The digest after one more document.
pub(super) fn chain(seen: &str, document: &Document) -> String {
    let length = format!(" {} ", document.text.len());
    let mut hash = blake3::Hasher::new();
    hash.update(seen.as_bytes()).update(length.as_bytes()).update(document.id.as_bytes());
    hash.finalize().to_hex().to_string()
}
