//! How far `late` prunes: what a recall costs, by the collection's own fit.

use serde::Serialize;

use crate::collection::Effort;
use crate::{Error, Result};

/// Share of exhaustive's hits that a search without further wishes looks for.
pub const DEFAULT_RECALL: f64 = 0.99;

/// Efforts that a collection is fitted to: probes per query token and candidates, least first. benches/README.md has what
/// they find and cost.
pub(super) const LADDER: [(u32, u32); 12] = [
    (2, 16),
    (4, 32),
    (4, 64),
    (8, 96),
    (8, 160),
    (16, 240),
    (16, 360),
    (16, 520),
    (32, 760),
    (32, 1200),
    (32, 2000),
    (64, 4000),
];
/// The step of the ladder for a collection that was not fitted.
const UNFITTED: usize = 7;

/// How far `late` prunes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pruning {
    /// Centroids whose passages are gathered, per query token.
    pub probes: usize,
    /// Passages of which promising pairs of tokens are scored, the best by their estimate.
    pub candidates: usize,
    /// Passages that are scored whole, the best by those pairs.
    pub finalists: usize,
}

impl Pruning {
    /// Probes every centroid and scores every passage: the same hits as `exhaustive`.
    pub const NONE: Self = Self { probes: usize::MAX, candidates: usize::MAX, finalists: usize::MAX };

    /// One step of effort, for a number of hits.
    pub(super) fn with_effort((probes, candidates): (u32, u32), k: usize) -> Self {
        let (probes, candidates) = (probes.max(1) as usize, candidates.max(1) as usize);
        Self { probes, candidates: candidates.saturating_add(4 * k), finalists: 20 + k + k / 2 }
    }

    /// The least effort that found so large a share of `k` hits when the collection was fitted, or the largest there is.
    pub(super) fn fitted(efforts: &[Effort], recall: f64, k: usize) -> Self {
        if recall >= 1.0 {
            return Self::NONE;
        }
        let enough = efforts.iter().find(|effort| effort.recall(k) >= recall).or(efforts.last());
        let effort = enough.map_or(LADDER[UNFITTED], |effort| (effort.probes, effort.candidates));
        Self::with_effort(effort, k)
    }

    pub(super) fn check(self) -> Result<()> {
        if self.probes == 0 || self.candidates == 0 || self.finalists == 0 {
            return Err(Error::invalid("pruning", "at least one probe, one candidate and one finalist are needed"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_recall_takes_more_effort_and_certainty_takes_all() {
        let effort = |probes, candidates, recall| Effort { probes, candidates, recall_at_10: recall, recall_at_100: recall };
        let efforts = [effort(2, 16, 0.8), effort(4, 64, 0.95), effort(8, 160, 0.995)];
        let candidates = |recall| Pruning::fitted(&efforts, recall, 10).candidates;
        assert_eq!([0.5, 0.9, 0.95, 0.99].map(candidates), [56, 104, 104, 200]);
        assert_eq!(candidates(0.999), 200, "the largest there is");
        assert_eq!(Pruning::fitted(&efforts, 1.0, 10), Pruning::NONE);
        assert_eq!(Pruning::fitted(&[], 0.9, 10), Pruning::with_effort(LADDER[UNFITTED], 10));
    }
}
