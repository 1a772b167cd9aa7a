//! Collections on disk: names, the store that holds them, and a published generation as readers see it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::search::{SearchReply, SearchRequest};
use crate::{Context, Error, Result};

/// Name of a collection: `[a-z0-9][a-z0-9_-]{0,63}`; never a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CollectionName(String);

impl CollectionName {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self> {
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if first && rest && name.len() <= 64 {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::invalid("collection", "a name has 1 to 64 of a-z, 0-9, _ and -, and begins with a letter or digit"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Name and fingerprint of the encoder that made a collection's token vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderId {
    /// Short name.
    pub name: String,
    /// See `encode::Fingerprint`; empty if the vectors were given without one.
    pub fingerprint: String,
}

/// What a generation holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Collection.
    pub name: String,
    /// Number of the generation.
    pub generation: u64,
    /// Documents.
    pub documents: u64,
    /// Passages.
    pub passages: u64,
    /// Token vectors over all passages.
    pub token_vectors: u64,
    /// Values per token vector.
    pub width: usize,
    /// Bits per value of a score code.
    pub bits: u8,
    /// Encoder.
    pub encoder: EncoderId,
    /// Number of segments.
    pub segments: usize,
    /// Router, absent while the collection is small.
    pub router: Option<RouterDescription>,
    /// Bytes of the index without stored text and without kept vectors.
    pub index_bytes: u64,
    /// Bytes of stored text, titles and metadata.
    pub text_bytes: u64,
    /// Bytes of kept full-precision vectors, 0 without `--keep-vectors`.
    pub vector_bytes: u64,
    /// Seconds that the offline build took, if known.
    pub build_seconds: Option<f64>,
}

/// A router in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouterDescription {
    /// Number of centroids.
    pub centroids: usize,
    /// Width of the centroid space.
    pub width: usize,
}

/// A data folder. Opening and reading it writes nothing.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// A store over an existing folder.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        std::fs::read_dir(&root).map_err(Error::io(&root))?;
        Ok(Self { root })
    }

    /// Collections with a published generation, sorted by name.
    pub fn names(&self) -> Result<Vec<CollectionName>> {
        unimplemented!("{:?}", self.root)
    }

    /// Cheap identity of what is published; differs after every publication.
    pub fn stamp(&self, _name: &CollectionName) -> Result<Stamp> {
        unimplemented!()
    }

    /// Opens what is published now.
    pub fn open_generation(&self, _name: &CollectionName) -> Result<Generation> {
        unimplemented!()
    }
}

/// Identity of a published manifest file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    modified_ns: i128,
    bytes: u64,
}

/// One complete, immutable state of a collection, mapped. Shared between threads by reference or `Arc`.
#[derive(Debug)]
pub struct Generation {}

impl Generation {
    /// Counts, sizes and encoder.
    pub fn description(&self) -> &Description {
        unimplemented!()
    }

    /// Answers a search. Never waits for anything but the CPU and page faults.
    pub fn search(&self, _context: &Context, _request: &SearchRequest) -> Result<SearchReply> {
        unimplemented!()
    }
}
