//! What a collection holds, in figures.

use serde::{Deserialize, Serialize};

use super::CollectionName;

/// Name and fingerprint of the encoder that made a collection's token vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderId {
    /// Short name; empty if the vectors were given without one.
    pub name: String,
    /// See `encode::Fingerprint`; empty if the vectors were given without one.
    pub fingerprint: String,
}

/// What a generation holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Collection.
    pub name: CollectionName,
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
    /// Which inputs it was built from, as the builder named them (`BuildOptions::plan`).
    #[serde(skip)]
    pub build_plan: Option<String>,
}

/// A router in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouterDescription {
    /// Number of centroids.
    pub centroids: usize,
    /// Width of the centroid space.
    pub width: usize,
}
