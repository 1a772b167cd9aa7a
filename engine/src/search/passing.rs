//! Passages that pass a filter, found before anything is scored.

use fixedbitset::FixedBitSet;

use crate::collection::Generation;
use crate::filter::Filter;
use crate::{Context, Result};

/// One bit for each passage of each part of a generation.
#[derive(Debug)]
pub(super) struct Passing {
    parts: Vec<FixedBitSet>,
    count: usize,
}

impl Passing {
    pub(super) fn of(context: &Context, generation: &Generation, filter: &Filter) -> Result<Self> {
        let parts = generation.parts().iter().map(|part| {
            context.check()?;
            part.segment.matching(filter)
        });
        let parts: Vec<FixedBitSet> = parts.collect::<Result<_>>()?;
        let count = parts.iter().map(|part| part.count_ones(..)).sum();
        Ok(Self { parts, count })
    }

    /// Number of passages over all parts.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The passages of one part.
    pub(super) fn part(&self, part: usize) -> &FixedBitSet {
        &self.parts[part]
    }
}
