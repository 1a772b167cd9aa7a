//! RAPTOR (Sarthi et al. 2024, arXiv 2401.18059): a tree of summaries above the passages of each document.
//!
//! # Layout
//!
//! `grow` makes the nodes of some documents, layer after layer: `cluster` says which nodes get a parent together,
//! `extract` or `medoids` what the parent says, in sentences or in token vectors of the document. `represent` makes what
//! stands for single passages; `across` the tree above all documents.

mod across;
mod cluster;
mod extract;
mod grow;
mod leaf;
mod medoids;
mod represent;

use serde::{Deserialize, Serialize};

pub(crate) use across::{Ground, TreeAcross};
pub use cluster::Strategy;
pub(crate) use grow::{Coding, Growth, grow};
pub(crate) use leaf::{Leaf, Sapling};
pub use represent::Represent;

use crate::named::named;
use crate::{Error, Result};

/// Most tokens a summary may be given.
pub const MAX_TOKENS: usize = 2048;

/// What summary nodes are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nodes {
    /// Sentences of the document, encoded like a passage.
    #[default]
    Text,
    /// Token vectors of the leaves, chosen to stand for all of them; nothing is encoded.
    Vectors,
}

named!(Nodes in "nodes": Text = "text", Vectors = "vectors");

/// How a collection's trees are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raptor {
    /// Which nodes get a parent together.
    pub clustering: Strategy,
    /// What nodes are made of.
    pub nodes: Nodes,
    /// Most tokens of a summary; one sentence is taken in any case.
    pub tokens: usize,
    /// Whether there is a tree across documents, too.
    pub across: bool,
}

impl Raptor {
    /// Trees by a strategy, with summaries of so many tokens, 1 to 2048.
    pub fn new(clustering: Strategy, nodes: Nodes, tokens: usize) -> Result<Self> {
        match (1..=MAX_TOKENS).contains(&tokens) {
            true => Ok(Self { clustering, nodes, tokens, across: false }),
            false => Err(Error::invalid("summary_tokens", format!("{tokens} is not from 1 to {MAX_TOKENS}"))),
        }
    }
}

impl Default for Raptor {
    /// Windows of seven, 100 tokens a summary.
    fn default() -> Self {
        Self { clustering: Strategy::default(), nodes: Nodes::default(), tokens: 100, across: false }
    }
}
