//! How far `late` prunes: what a recall costs, by the collection's own fit.

use serde::Serialize;

use crate::collection::Effort;
use crate::{Error, Result};

/// Share of exhaustive's hits that a search without further wishes looks for.
pub const DEFAULT_RECALL: f64 = 0.98;

/// Efforts that a collection is fitted to, least first: probes, candidates, slack. benches/README.md has what they find
/// and cost.
pub(super) const LADDER: [(u32, u32, f32); 10] = [
    (2, 24, 1.0),
    (4, 48, 1.5),
    (4, 96, 2.0),
    (8, 160, 2.0),
    (8, 240, 2.5),
    (8, 360, 3.0),
    (16, 560, 3.5),
    (16, 960, 4.0),
    (32, 2000, 5.0),
    (64, 4000, 6.0),
];
/// The step of the ladder for a collection that was not fitted.
const UNFITTED: usize = 5;

/// How far `late` prunes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pruning {
    /// Centroids whose passages are gathered, per query token.
    pub probes: usize,
    /// Passages of which promising pairs of tokens are scored, the best by their estimate.
    pub candidates: usize,
    /// Passages that are scored whole, the best by those pairs.
    pub finalists: usize,
    /// Candidates are given up where the trend of scores over estimates falls so many standard deviations short of the
    /// finalists.
    pub slack: f32,
}

impl Pruning {
    /// Probes every centroid and scores every passage: the same hits as `exhaustive`.
    pub const NONE: Self =
        Self { probes: usize::MAX, candidates: usize::MAX, finalists: usize::MAX, slack: f32::INFINITY };

    /// One step of effort, for a number of hits.
    pub(super) fn with_effort((probes, candidates, slack): (u32, u32, f32), k: usize) -> Self {
        let (probes, candidates) = (probes.max(1) as usize, candidates.max(1) as usize);
        let finalists = k.saturating_add((slack * (k as f32 / 4.0 + 5.0)) as usize);
        Self { probes, candidates: candidates.saturating_add(4 * k), finalists, slack }
    }

    /// The least effort that found so large a share of `k` hits when the collection was fitted, or the largest there is,
    /// and the share that it found; `None` if the collection was not fitted.
    ///
    /// The k best of those that pass a filter are spread over k / `share` best of all, so that is what has to be found.
    pub(super) fn fitted(efforts: &[Effort], recall: f64, k: usize, share: f64) -> (Self, Option<f64>) {
        if recall >= 1.0 {
            return (Self::NONE, Some(1.0));
        }
        // Saturates.
        let spread = (k as f64 / share) as usize;
        let enough = efforts.iter().find(|effort| effort.recall(spread) >= recall).or(efforts.last());
        let effort = enough.map_or(LADDER[UNFITTED], |effort| (effort.probes, effort.candidates, effort.slack));
        (Self::with_effort(effort, k), enough.map(|effort| effort.recall(spread)))
    }

    /// The largest effort that there is.
    pub(super) fn most(k: usize) -> Self {
        Self::with_effort(LADDER[LADDER.len() - 1], k)
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
        let effort = |probes, candidates, recall| Effort {
            probes,
            candidates,
            slack: 2.0,
            recall_at_10: recall,
            recall_at_100: recall,
        };
        let efforts = [effort(2, 16, 0.8), effort(4, 64, 0.95), effort(8, 160, 0.995)];
        let candidates = |recall| Pruning::fitted(&efforts, recall, 10, 1.0).0.candidates;
        assert_eq!([0.5, 0.9, 0.95, 0.99].map(candidates), [56, 104, 104, 200]);
        assert_eq!(candidates(0.999), 200, "the largest there is");
        assert_eq!(Pruning::fitted(&efforts, 0.999, 10, 1.0).1, Some(0.995), "and says what that one found");
        assert_eq!(Pruning::fitted(&efforts, 1.0, 10, 1.0), (Pruning::NONE, Some(1.0)));
        assert_eq!(Pruning::fitted(&[], 0.9, 10, 1.0), (Pruning::with_effort(LADDER[UNFITTED], 10), None));
    }
}
