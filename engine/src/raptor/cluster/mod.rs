//! Which nodes of a layer get a summary together (RAPTOR, arXiv 2401.18059, section 3).
//!
//! # Layout
//!
//! `windows | adjacent | gmm` each put nodes together, `strategy` lists them; `sound` makes clusters out of what they
//! return that a tree can be built on.

mod adjacent;
mod gmm;
mod sound;
mod strategy;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod topics;
mod windows;

pub(crate) use sound::sound;
pub use strategy::Strategy;

use std::fmt::Debug;

/// Children of a summary node: 6.7 on average in the paper, as a whole number.
const CHILDREN: usize = 7;
/// Children of a summary node at most, before the token limit is looked at.
pub(super) const MOST_CHILDREN: usize = 2 * CHILDREN;

/// Nodes of one layer, in document order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layer<'a> {
    /// Values per vector.
    pub(crate) width: usize,
    /// n x width, each row of length 1 (or all zero).
    pub(crate) vectors: &'a [f32],
    /// Tokens of each node's text.
    pub(crate) tokens: &'a [usize],
}

impl<'a> Layer<'a> {
    /// Number of nodes.
    fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Vector of one node.
    fn row(&self, node: usize) -> &'a [f32] {
        self.vectors.get(node * self.width..(node + 1) * self.width).unwrap_or_default()
    }
}

/// How the nodes of a layer are put together under parents.
pub(crate) trait Clustering: Send + Sync + Debug {
    /// Members of each cluster, ascending; clusters in order of their members (lexicographic). Every node is in at
    /// least one cluster.
    fn clusters(&self, layer: &Layer<'_>) -> Vec<Vec<usize>>;
}
