//! Score: the pairs of tokens that can be a row's maximum, for all candidates; then the best of them whole.

use std::mem::swap;
use std::ops::Range;

use super::trend::Trend;
use super::{Candidate, keep_best};
use crate::Result;
use crate::codes::CodedQuery;
use crate::kernels::Picked;
use crate::router::CentroidTable;
use crate::search::{PASSAGES_BETWEEN_CHECKS, Place, Pruning, Search};

/// How far below its row's best centroid a passage token may be and still be scored, in steps of 1/255 of the query
/// token's length. Measured in benches/README.md.
const MARGIN: u8 = 4;

/// The pairs of one candidate, with buffers that the next but one uses again.
#[derive(Debug, Default)]
struct Picks {
    tokens: Range<usize>,
    least: Vec<u8>,
    picked: Vec<Picked>,
}

impl Search<'_> {
    /// Puts in place of each estimate the score of the pairs that it picks, best estimates first, until the trend says
    /// that no further one gets among the finalists; keeps those.
    pub(super) fn score_picked(
        &self,
        table: &CentroidTable,
        query: &mut CodedQuery,
        candidates: &mut Vec<Candidate>,
        pruning: Pruning,
    ) -> Result<()> {
        if pruning.finalists >= candidates.len() {
            return Ok(());
        }
        candidates.sort_unstable_by(Candidate::rank);
        let (mut trend, mut scores) = (Trend::default(), Vec::with_capacity(candidates.len()));
        let (mut picks, mut next) = (Picks::default(), Picks::default());
        self.pick(table, &candidates[0], &mut next)?;
        for at in 0..candidates.len() {
            if at % PASSAGES_BETWEEN_CHECKS == 0 {
                self.context.check()?;
                if nth_best(&mut scores, pruning.finalists) > trend.reach(candidates[at].estimate, pruning.slack) {
                    candidates.truncate(at);
                    break;
                }
            }
            swap(&mut picks, &mut next);
            // Its codes come from memory while the present one's are scored.
            if let Some(after) = candidates.get(at + 1) {
                self.pick(table, after, &mut next)?;
            }
            let candidate = &mut candidates[at];
            let part = &self.generation.parts()[candidate.part as usize];
            if part.postings.is_some() {
                let (codes, scales) = (part.segment.codes(&picks.tokens)?, part.segment.scales(&picks.tokens)?);
                let score = query.score_picked(codes, scales, &picks.picked);
                trend.add(candidate.estimate, score);
                candidate.estimate = score;
            }
            scores.push(candidate.estimate);
        }
        keep_best(candidates, pruning.finalists);
        Ok(())
    }

    /// Finds the pairs worth scoring and asks for their codes.
    fn pick(&self, table: &CentroidTable, candidate: &Candidate, picks: &mut Picks) -> Result<()> {
        let part = &self.generation.parts()[candidate.part as usize];
        let Some(postings) = &part.postings else { return Ok(()) };
        picks.tokens = part.segment.token_range(candidate.passage as usize)?;
        let ids = postings.centroid_ids(&picks.tokens)?;
        let Picks { tokens, least, picked } = picks;
        least.clear();
        least.resize(table.lanes(), 0);
        picked.clear();
        let found = self.kernels.row_max_bytes(table.bytes(), ids, least).and_then(|()| {
            // A row whose best is nothing is left out, as are lanes beyond the query's tokens.
            least.iter_mut().for_each(|best| *best = best.saturating_sub(MARGIN).max(1));
            self.kernels.pick(table.bytes(), ids, least, picked)
        });
        found.map_err(|id| postings.unknown_centroid(id))?;
        let codes = self.generation.coder().view(part.segment.codes(tokens)?, part.segment.scales(tokens)?);
        self.kernels.prefetch(&codes, picked);
        Ok(())
    }

    /// Scores candidates as `exhaustive` does, offers them, and returns them in ascending order.
    pub(super) fn score_whole(&mut self, query: &mut CodedQuery, candidates: &[Candidate]) -> Result<Vec<Place>> {
        let mut places: Vec<Place> =
            candidates.iter().map(|candidate| (candidate.part as usize, candidate.passage as usize)).collect();
        places.sort_unstable();
        self.score_places(query, &places)?;
        Ok(places)
    }
}

/// The n-th best of some scores; below everything if there are fewer.
fn nth_best(scores: &mut [f32], n: usize) -> f32 {
    if scores.len() < n {
        return f32::NEG_INFINITY;
    }
    *scores.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a)).1
}
