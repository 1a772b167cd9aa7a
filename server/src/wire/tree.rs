//! Trees of summaries.

use maxsimd_engine::collection::{Coverage, LayerReport, Layers, Tree, TreeNode};
use serde::{Deserialize, Serialize};

use super::compact::compact;

compact! {
    /// The tree above one document's passages, or above documents.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct TreeBody of Tree {
        /// The document; absent of the tree across documents.
        pub document_id: Option<String>,
        /// Its title.
        pub title: String,
        /// Children before parents.
        pub nodes: Vec<NodeBody>,
    }
}

compact! {
    /// A passage or a summary node.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct NodeBody of TreeNode {
        /// As hits are called.
        pub id: String,
        /// 0 of a passage.
        pub layer: u32,
        /// What is right below.
        pub children: Vec<String>,
        /// The passages below.
        pub leaves: Vec<String>,
        /// First byte in the document.
        pub start: u64,
        /// Byte after the last.
        pub end: u64,
        /// Its token vectors.
        pub tokens: usize,
        /// How far a leaf is at most from the nearest of its token vectors.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub radius: Option<f32>,
        /// What it says.
        pub text: String,
    }
}

compact! {
    /// All trees of a collection in figures.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct LayersBody of Layers {
        /// Documents with a tree.
        pub trees: u64,
        /// From the passages up.
        pub layers: Vec<LayerBody>,
        /// The tree across documents, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub across: Option<CoverageBody>,
    }
}

compact! {
    /// One layer of all trees.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct LayerBody of LayerReport {
        /// Height; 0 is the passages.
        pub layer: usize,
        /// Passages or nodes.
        pub nodes: u64,
        /// Their token vectors.
        pub tokens: u64,
    }
}

compact! {
    /// How much of a collection its tree across documents holds.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct CoverageBody of Coverage {
        /// Nodes that are searched.
        pub nodes: u64,
        /// Nodes that are not, since something that they quote is deleted.
        pub dead: u64,
        /// Documents below nodes.
        pub documents: u64,
        /// Documents that came since.
        pub uncovered: u64,
        /// Documents below nodes that are gone.
        pub gone: u64,
    }
}
