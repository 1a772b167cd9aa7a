//! Descriptions of collections.

use maxsimd_engine::collection::{Description, Effort, EncoderId, RouterDescription};
use maxsimd_engine::filter::Fields;
use maxsimd_engine::keywords::Language;
use serde::{Deserialize, Serialize};

use super::compact::compact;
use super::mirror::Mirror;
use super::text::{Free, Named};
use crate::error::{Code, Problem};

compact! {
    /// All collections.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct CollectionsBody {
        /// By name.
        pub collections: Vec<CollectionBody>,
    }
}

compact! {
    /// One collection.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct CollectionBody {
        /// Its name.
        pub name: String,
        /// The generation that is served; absent if none could be opened yet.
        #[serde(flatten)]
        pub description: Option<DescriptionBody>,
        /// Why the newest generation is not.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub failure: Option<FailureBody>,
    }
}

compact! {
    /// What a generation holds.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct DescriptionBody of Description {
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
        /// Passages that are deleted and still stored.
        pub deleted_passages: u64,
        /// Token vectors over all stored passages and nodes.
        pub token_vectors: u64,
        /// Values per token vector.
        pub width: usize,
        /// Bits per value of a score code.
        pub bits: u32,
        /// Encoder.
        pub encoder: EncoderBody,
        /// Language of the keywords.
        pub language: Named<Language>,
        /// Fields of metadata and their types.
        pub fields: Free<Fields>,
        /// Number of segments.
        pub segments: usize,
        /// Router, absent while the collection is small.
        pub router: Option<RouterBody>,
        /// Bytes of the index without stored text and without kept vectors.
        pub index_bytes: u64,
        /// Bytes of stored text, titles and metadata.
        pub text_bytes: u64,
        /// Bytes of kept full-precision vectors.
        pub vector_bytes: u64,
        /// Seconds that the offline build took, if known.
        pub build_seconds: Option<f64>,
    }
}

compact! {
    /// What made a collection's token vectors.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct EncoderBody of EncoderId {
        /// Short name.
        pub name: String,
        /// Of its weights and settings.
        pub fingerprint: String,
    }
}

compact! {
    /// A router in figures.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct RouterBody of RouterDescription {
        /// Number of centroids.
        pub centroids: usize,
        /// Width of the centroid space.
        pub width: usize,
        /// What each effort finds, least effort first.
        pub efforts: Vec<EffortBody>,
    }
}

compact! {
    /// What `late` finds of what `exhaustive` finds at one effort.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct EffortBody of Effort {
        /// Centroids probed per query token.
        pub probes: u32,
        /// Candidates scored in part.
        pub candidates: u32,
        /// Standard deviations before candidates are given up.
        pub slack: f32,
        /// Share of exhaustive's ten best.
        pub recall_at_10: f64,
        /// Share of exhaustive's hundred best.
        pub recall_at_100: f64,
    }
}

compact! {
    /// Why the newest generation of a collection is not served.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct FailureBody {
        /// As in problem replies.
        pub code: String where |it| it.one_of(Code::ALL.map(Code::name)),
        /// For people.
        pub detail: String,
    }
}

impl CollectionBody {
    /// A generation that is served, and why a newer one is not.
    pub fn serving(description: Description, failure: Option<FailureBody>) -> Self {
        let name = description.name.as_str().to_owned();
        Self { name, description: Some(DescriptionBody::of(description)), failure }
    }

    /// Nothing could be opened yet.
    pub fn failed(name: &str, failure: FailureBody) -> Self {
        Self { name: name.to_owned(), description: None, failure: Some(failure) }
    }
}

impl From<&Problem> for FailureBody {
    fn from(problem: &Problem) -> Self {
        Self { code: problem.code.name().to_owned(), detail: problem.detail.clone() }
    }
}
