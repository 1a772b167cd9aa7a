//! Score: the pairs of tokens that can be a row's maximum, for all candidates; then the best of them whole.

use super::{Candidate, keep_best};
use crate::Result;
use crate::codes::CodedQuery;
use crate::router::CentroidTable;
use crate::search::{PASSAGES_BETWEEN_CHECKS, Place, Search};

/// How far below its row's best centroid a passage token may be and still be scored, in steps of 1/255 of the query
/// token's length. Measured in benches/README.md.
const MARGIN: u8 = 4;

impl Search<'_> {
    /// Puts in place of each estimate the score of the pairs that it picks, and keeps the best.
    pub(super) fn score_picked(
        &self,
        table: &CentroidTable,
        query: &mut CodedQuery,
        candidates: &mut Vec<Candidate>,
        keep: usize,
    ) -> Result<()> {
        if keep >= candidates.len() {
            return Ok(());
        }
        candidates.sort_unstable_by_key(|candidate| (candidate.part, candidate.passage));
        let (mut least, mut picked) = (vec![0; table.lanes()], Vec::new());
        for chunk in candidates.chunks_mut(PASSAGES_BETWEEN_CHECKS) {
            self.context.check()?;
            for candidate in chunk {
                let part = &self.generation.parts()[candidate.part as usize];
                let Some(postings) = &part.postings else { continue };
                let tokens = part.segment.token_range(candidate.passage as usize)?;
                let ids = postings.centroid_ids(&tokens)?;
                least.fill(0);
                picked.clear();
                let found = self.kernels.row_max_bytes(table.bytes(), ids, &mut least).and_then(|()| {
                    // A row whose best is nothing is left out, as are lanes beyond the query's tokens.
                    least.iter_mut().for_each(|best| *best = best.saturating_sub(MARGIN).max(1));
                    self.kernels.pick(table.bytes(), ids, &least, &mut picked)
                });
                found.map_err(|id| postings.unknown_centroid(id))?;
                let (codes, scales) = (part.segment.codes(&tokens)?, part.segment.scales(&tokens)?);
                candidate.estimate = query.score_picked(codes, scales, &picked);
            }
        }
        keep_best(candidates, keep);
        Ok(())
    }

    /// Scores candidates as `exhaustive` does, offers them, and returns them in ascending order.
    pub(super) fn score_whole(&mut self, query: &mut CodedQuery, candidates: &[Candidate]) -> Result<Vec<Place>> {
        let mut places: Vec<Place> =
            candidates.iter().map(|candidate| (candidate.part as usize, candidate.passage as usize)).collect();
        places.sort_unstable();
        for chunk in places.chunks(PASSAGES_BETWEEN_CHECKS) {
            self.context.check()?;
            chunk.iter().try_for_each(|place| self.score(query, *place))?;
        }
        Ok(places)
    }
}
