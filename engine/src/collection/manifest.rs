//! The manifest: one published, complete state of a collection, naming its files by content hash.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Effort, EncoderId};
use crate::filter::Fields;
use crate::format::{self, FileKind, read_sealed, seal, sealed_bytes, unseal};
use crate::keywords::Language;
use crate::raptor::{Raptor, Represent};
use crate::segment::FinishedSegment;
use crate::split::Splitting;
use crate::storage::Folder;
use crate::{Error, Result};

/// File name of the manifest.
pub(crate) const MANIFEST: &str = "manifest.json";
/// File name of facts about the build that hashes must not depend on.
const BUILD: &str = "build.json";
/// What counts on from a manifest has room to do so.
const MAX_NUMBER: u64 = 1 << 62;

/// What is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) generation: u64,
    pub(crate) encoder: EncoderId,
    pub(crate) width: usize,
    pub(crate) bits: u8,
    pub(crate) seed: u64,
    pub(crate) language: Language,
    pub(crate) fields: Fields,
    /// How texts become passages; of a build from token vectors, which has one passage for each document, `Whole`.
    pub(crate) splitting: Splitting,
    /// Whether full-precision vectors are kept.
    pub(crate) keep_vectors: bool,
    /// How trees of documents are made, absent without trees.
    pub(crate) raptor: Option<Raptor>,
    /// What stands for passages, absent if nothing does.
    pub(crate) represent: Option<Represent>,
    pub(crate) next_passage_key: u64,
    /// The newest operation of the log that this generation holds.
    pub(crate) applied: u64,
    /// Hash of the list of deleted passages, absent while there are none.
    pub(crate) tombstones: Option<String>,
    /// Hash of the router, absent while the collection is small.
    pub(crate) router: Option<String>,
    /// Token vectors that there were when it was trained.
    pub(crate) routed: u64,
    /// What searches with that router find, least effort first.
    pub(crate) efforts: Vec<Effort>,
    pub(crate) segments: Vec<SegmentFiles>,
    /// The tree across documents, absent without one.
    pub(crate) across: Option<SegmentFiles>,
}

/// Hashes of the files of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentFiles {
    pub(crate) segment: String,
    pub(crate) vectors: Option<String>,
    pub(crate) postings: Option<String>,
}

/// Facts about the offline build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BuildFacts {
    /// The generation that was built.
    pub(crate) generation: u64,
    /// Wall time over all runs of the build.
    pub(crate) seconds: f64,
    /// What the caller said the inputs were.
    pub(crate) plan: String,
}

/// The one field that every version has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl SegmentFiles {
    /// Of a segment that has no postings yet.
    pub(crate) fn of(finished: FinishedSegment) -> Self {
        let vectors = finished.vectors.map(|written| written.hash);
        Self { segment: finished.segment.hash, vectors, postings: None }
    }
}

impl Manifest {
    /// Reads what is published in a collection's folder; `None` if nothing is.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST);
        sealed_bytes(&path)?.map(|bytes| Self::of_bytes(&bytes, &path)).transpose()
    }

    /// Reads a manifest's sealed bytes; `path` is for errors.
    pub(crate) fn of_bytes(bytes: &[u8], path: &Path) -> Result<Self> {
        // The version first: the fields of another version may be other ones.
        let Format { format } = unseal(bytes, path)?;
        if format != format::VERSION {
            return Err(Error::Version { path: path.to_path_buf(), found: format, supported: format::VERSION });
        }
        let manifest = unseal::<Self>(bytes, path)?;
        match manifest.unsound() {
            None => Ok(manifest),
            Some((expected, found)) => {
                Err(Error::Corrupt { path: path.to_path_buf(), section: "body".to_owned(), expected, found })
            }
        }
    }

    /// What is wrong with the values of fields: what they should be, and what one is.
    fn unsound(&self) -> Option<(String, String)> {
        let no_hash = || self.files().into_iter().find(|(_, hash)| !is_hash(hash)).map(|(_, hash)| hash.to_owned());
        let full = || [self.generation, self.next_passage_key, self.applied].into_iter().find(|n| *n > MAX_NUMBER);
        let trees = || self.raptor.and_then(|trees| Raptor::new(trees.clustering, trees.nodes, trees.tokens).err());
        no_hash()
            .map(|hash| ("hashes of 64 hex digits".to_owned(), hash))
            .or_else(|| full().map(|number| (format!("numbers up to {MAX_NUMBER}"), number.to_string())))
            .or_else(|| trees().map(|error| ("trees that can be made".to_owned(), error.to_string())))
    }

    /// Publishes this generation: durable and complete when this returns.
    pub(crate) fn publish(&self, folder: &Folder) -> Result<()> {
        fail::fail_point!("manifest.write");
        seal(folder, MANIFEST, self)
    }

    /// Segments, then the tree across documents.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &SegmentFiles> {
        self.segments.iter().chain(&self.across)
    }

    /// The same, to be given other postings.
    pub(crate) fn parts_mut(&mut self) -> impl Iterator<Item = &mut SegmentFiles> {
        self.segments.iter_mut().chain(&mut self.across)
    }

    /// Every file that the manifest names.
    pub(crate) fn files(&self) -> Vec<(FileKind, &str)> {
        let router = self.router.iter().map(|hash| (FileKind::Router, hash.as_str()));
        let tombstones = self.tombstones.iter().map(|hash| (FileKind::Tombstones, hash.as_str()));
        let parts = self.parts().flat_map(|files| {
            let optional = [(FileKind::Vectors, &files.vectors), (FileKind::Postings, &files.postings)];
            let optional = optional.into_iter().filter_map(|(kind, hash)| Some((kind, hash.as_deref()?)));
            [(FileKind::Segment, files.segment.as_str())].into_iter().chain(optional)
        });
        router.chain(tombstones).chain(parts).collect()
    }
}

impl BuildFacts {
    /// Reads the facts, if there are any.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>> {
        read_sealed(&folder.join(BUILD))
    }

    /// Writes the facts.
    pub(crate) fn write(&self, folder: &Folder) -> Result<()> {
        seal(folder, BUILD, self)
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
