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

/// A passage on its way through the stages, with its latest estimate.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    estimate: f32,
    part: u32,
    passage: u32,
}

impl Search<'_> {
    /// Returns what was scored whole, in ascending order.
    pub(super) fn late(&mut self, query: &mut CodedQuery, pruning: Pruning) -> Result<Vec<Place>> {
        let Some(router) = self.generation.router() else { return Ok(Vec::new()) };
        let (context, kernels) = (self.context, self.kernels);
        let (table, probes) = context.stage(Stage::Probe, || {
            let table = router.score_centroids(kernels, query.rotated());
            let probes = table.probes(kernels, pruning.probes.min(router.centroids()));
            (table, probes)
        });
        let mut candidates = context.stage(Stage::Gather, || {
            self.gather(&table, &probes, pruning.candidates.saturating_mul(ESTIMATED_PER_CANDIDATE))
        })?;
        context.stage(Stage::Estimate, || self.estimate(&table, &mut candidates, pruning.candidates))?;
        context.stage(Stage::Score, || {
            self.score_picked(&table, query, &mut candidates, pruning)?;
            self.score_whole(query, &candidates)
        })
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
