//! RAPTOR (Sarthi et al. 2024, arXiv 2401.18059): a tree of summaries above the passages of each document.
//!
//! # Layout
//!
//! `grow` makes the nodes of some documents, layer after layer: `cluster` says which nodes get a parent together,
//! `extract` what the parent says, in sentences of the document.

mod cluster;
mod extract;
mod grow;
mod leaf;

use serde::{Deserialize, Serialize};

pub use cluster::Strategy;
pub(crate) use grow::{Coding, grow};
pub(crate) use leaf::{Leaf, Sapling};

use crate::{Error, Result};

/// Most tokens a summary may be given.
const MAX_TOKENS: usize = 2048;

/// How a collection's trees are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raptor {
    /// Which nodes get a parent together.
    pub clustering: Strategy,
    /// Most tokens of a summary; one sentence is taken in any case.
    pub tokens: usize,
}

impl Raptor {
    /// Trees by a strategy, with summaries of so many tokens, 1 to 2048.
    pub fn new(clustering: Strategy, tokens: usize) -> Result<Self> {
        match (1..=MAX_TOKENS).contains(&tokens) {
            true => Ok(Self { clustering, tokens }),
            false => Err(Error::invalid("summary_tokens", format!("{tokens} is not from 1 to {MAX_TOKENS}"))),
        }
    }
}

impl Default for Raptor {
    /// Windows of seven, 100 tokens a summary.
    fn default() -> Self {
        Self { clustering: Strategy::default(), tokens: 100 }
    }
}
