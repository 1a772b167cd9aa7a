//! Some of a generation's passages: those that are not deleted, those that pass a filter.

use fixedbitset::FixedBitSet;

/// One bit for each passage of each part of a generation.
#[derive(Debug)]
pub(crate) struct Passing {
    parts: Vec<FixedBitSet>,
    count: usize,
}

impl Passing {
    pub(crate) fn new(parts: Vec<FixedBitSet>) -> Self {
        let count = parts.iter().map(|part| part.count_ones(..)).sum();
        Self { parts, count }
    }

    /// Number of passages over all parts.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The passages of one part.
    pub(crate) fn part(&self, part: usize) -> &FixedBitSet {
        &self.parts[part]
    }
}
