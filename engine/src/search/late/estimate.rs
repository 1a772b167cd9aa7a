//! Estimate: MaxSim over the centroids that stand for a passage's token vectors.

use super::{Candidate, keep_best};
use crate::Result;
use crate::router::CentroidTable;
use crate::search::{PASSAGES_BETWEEN_CHECKS, Search};

impl Search<'_> {
    /// Estimates candidates by all their centroid ids and keeps the best.
    pub(super) fn estimate(
        &self,
        table: &CentroidTable,
        candidates: &mut Vec<Candidate>,
        keep: usize,
    ) -> Result<()> {
        // In the order of their place, so that memory is read forwards.
        candidates.sort_unstable_by_key(|candidate| (candidate.part, candidate.passage));
        let mut best = vec![0; table.lanes()];
        for chunk in candidates.chunks_mut(8 * PASSAGES_BETWEEN_CHECKS) {
            self.context.check()?;
            for candidate in chunk {
                let part = &self.generation.parts()[candidate.part as usize];
                let Some(postings) = &part.postings else { continue };
                let ids = postings.centroid_ids(&part.segment.token_range(candidate.passage as usize)?)?;
                best.fill(0);
                let found = self.kernels.row_max_bytes(table.bytes(), ids, &mut best);
                found.map_err(|id| postings.unknown_centroid(id))?;
                candidate.estimate = table.score(&best);
            }
        }
        keep_best(candidates, keep);
        Ok(())
    }
}
