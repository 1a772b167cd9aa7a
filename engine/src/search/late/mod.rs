//! Mode `late`: probe centroids, gather their passages, estimate those, score the best, and the best of them whole.
//!
//! Each stage looks closer at fewer passages. The first two are those of WARP (Scheerer et al. 2025: scores of probed
//! centroids, with an imputed score where none was probed), the third is PLAID's (Santhanam et al. 2022, section 4.3:
//! MaxSim over centroid ids), the fourth scores only pairs of tokens that the third says can be a row's maximum.

mod estimate;
mod gather;
mod score;
mod trend;

use std::cmp::Ordering;

use super::{Place, Pruning, Search};
use crate::codes::CodedQuery;
use crate::{Result, Stage};

/// Passages whose estimate is refined, for each one that is scored.
const ESTIMATED_PER_CANDIDATE: usize = 2;
/// A filter goes against a query if it lets through less than this part of the best passages, for each that it lets
/// through of all. What is left then lies far from the query and close together. Measured in benches/HYBRID.md.
const AGAINST: f64 = 0.75;

/// A passage on its way through the stages, with its latest estimate.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    estimate: f32,
    part: u32,
    passage: u32,
}

impl Search<'_> {
    /// Prunes so far, or to `against` where a filter goes against the query. Returns what was scored whole, in ascending
    /// order, and how far was pruned.
    pub(super) fn late(
        &mut self,
        query: &mut CodedQuery,
        pruning: Pruning,
        against: Option<Pruning>,
    ) -> Result<(Vec<Place>, Pruning)> {
        let Some(router) = self.generation.router() else { return Ok((Vec::new(), pruning)) };
        let (context, kernels) = (self.context, self.kernels);
        let table = context.stage(Stage::Probe, || router.score_centroids(kernels, query.rotated()));
        let gather = |pruning: Pruning| {
            let count = pruning.probes.min(router.centroids());
            let probes = context.stage(Stage::Probe, || table.probes(kernels, count));
            let keep = pruning.candidates.saturating_mul(ESTIMATED_PER_CANDIDATE);
            context.stage(Stage::Gather, || self.gather(&table, &probes, keep))
        };
        let (mut gathered, mut pruning) = (gather(pruning)?, pruning);
        if let (Some(most), Some(passing)) = (against, self.passing) {
            let share = passing.count() as f64 / self.generation.stored_passages().max(1) as f64;
            if gathered.passed < AGAINST * share {
                (gathered, pruning) = (gather(most)?, most);
            }
        }
        let mut candidates = gathered.candidates;
        context.stage(Stage::Estimate, || self.estimate(&table, &mut candidates, pruning.candidates))?;
        context
            .stage(Stage::Score, || {
                self.score_picked(&table, query, &mut candidates, pruning)?;
                self.score_whole(query, &candidates)
            })
            .map(|scored| (scored, pruning))
    }
}

impl Candidate {
    /// Better first; equal ones by their place.
    fn rank(&self, other: &Self) -> Ordering {
        let place = (self.part, self.passage).cmp(&(other.part, other.passage));
        other.estimate.total_cmp(&self.estimate).then(place)
    }
}

/// Keeps the `count` best, in no particular order.
fn keep_best(candidates: &mut Vec<Candidate>, count: usize) {
    if count < candidates.len() {
        candidates.select_nth_unstable_by(count, Candidate::rank);
        candidates.truncate(count);
    }
}
