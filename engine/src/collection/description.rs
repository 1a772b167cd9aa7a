//! What a collection holds, in figures.

use serde::{Deserialize, Serialize};

use super::CollectionName;
use crate::encode::Encoder;
use crate::filter::Fields;
use crate::keywords::Language;

/// Name and fingerprint of the encoder that made a collection's token vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderId {
    /// Short name; empty if the vectors were given without one.
    pub name: String,
    /// See `encode::Fingerprint`; empty if the vectors were given without one.
    pub fingerprint: String,
}

impl EncoderId {
    /// That of an encoder.
    pub fn of(encoder: &dyn Encoder) -> Self {
        Self { name: encoder.name().to_owned(), fingerprint: encoder.fingerprint().0.clone() }
    }
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
    /// Nodes of trees.
    pub nodes: u64,
    /// What stands for passages.
    pub representations: u64,
    /// Passages that are deleted and still stored, until compaction removes them.
    pub deleted_passages: u64,
    /// Token vectors over all stored passages and nodes.
    pub token_vectors: u64,
    /// Values per token vector.
    pub width: usize,
    /// Bits per value of a score code.
    pub bits: u8,
    /// Encoder.
    pub encoder: EncoderId,
    /// Language whose rules make keywords of words.
    pub language: Language,
    /// Fields of metadata that filters may name.
    pub fields: Fields,
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

/// What `late` finds of what `exhaustive` finds at one effort, measured when the router was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    /// Centroids probed per query token.
    pub probes: u32,
    /// Candidates scored in part; four more for each hit asked for.
    pub candidates: u32,
    /// Standard deviations by which the trend of scores has to fall short before candidates are given up; more of it
    /// also scores more passages whole.
    pub slack: f32,
    /// Share of exhaustive's ten best, mean over pseudo-queries.
    pub recall_at_10: f64,
    /// Share of exhaustive's hundred best.
    pub recall_at_100: f64,
}

impl Effort {
    /// Recall among `k` hits: as at 10 up to there, as at 100 from there on, linear in the logarithm between.
    pub fn recall(&self, k: usize) -> f64 {
        let far = (k.clamp(10, 100) as f64).log10() - 1.0;
        self.recall_at_10 + far * (self.recall_at_100 - self.recall_at_10)
    }
}

/// A router in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouterDescription {
    /// Number of centroids.
    pub centroids: usize,
    /// Width of the centroid space.
    pub width: usize,
    /// What each effort finds, least effort first; empty if it was not fitted.
    pub efforts: Vec<Effort>,
}
