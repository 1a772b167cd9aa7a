//! Mode `late`: probe centroids, gather their passages, estimate those, score the best.
//!
//! The stages of PLAID (Santhanam et al. 2022, section 4), with direct codes in place of residuals.

use super::{PASSAGES_BETWEEN_CHECKS, Pruning, Search};
use crate::codes::CodedQuery;
use crate::collection::Part;
use crate::router::{CentroidScores, Router};
use crate::{Result, Stage};

/// Probes per query token.
const PROBES: usize = 8;
/// Passages scored at least, and per hit asked for.
const CANDIDATES: usize = 512;
const CANDIDATES_PER_HIT: usize = 8;

/// Defaults for a number of hits; benches/README.md has what other values cost and find.
pub(super) fn default_pruning(k: usize) -> Pruning {
    Pruning { probes: PROBES, candidates: CANDIDATES.max(k * CANDIDATES_PER_HIT) }
}

/// A passage and its estimated score.
type Estimated = (f32, usize, usize);

impl Search<'_> {
    pub(super) fn late(&mut self, pruning: Pruning) -> Result<()> {
        let Some(router) = self.generation.router() else { return self.exhaustive() };
        let context = self.context;
        let mut query = CodedQuery::new(self.generation.coder(), self.kernels, self.query)?;
        let (scores, probed) = context.stage(Stage::Probe, || self.probe(router, &query, pruning.probes));
        context.check()?;
        let gathered = context.stage(Stage::Gather, || self.gather(&probed))?;
        context.check()?;
        let candidates = context.stage(Stage::Estimate, || self.estimate(&scores, gathered, pruning.candidates))?;
        context.stage(Stage::Score, || {
            for chunk in candidates.chunks(PASSAGES_BETWEEN_CHECKS) {
                context.check()?;
                for &(_, part, passage) in chunk {
                    self.score(&mut query, (part, passage))?;
                }
            }
            Ok(())
        })
    }

    fn probe(&self, router: &Router, query: &CodedQuery, probes: usize) -> (CentroidScores, Vec<u16>) {
        let scores = router.score_centroids(self.kernels, query.rotated());
        let probed = scores.best(probes);
        (scores, probed)
    }

    /// Passages of the probed centroids, ascending, per part.
    fn gather(&self, probed: &[u16]) -> Result<Vec<Vec<usize>>> {
        let gather_part = |part: &Part| {
            let Some(postings) = &part.postings else { return Ok((0..part.segment.passages()).collect()) };
            let mut bitmap = vec![0u64; part.segment.passages().div_ceil(64)];
            for &centroid in probed {
                postings.passages_of(centroid, |passage| bitmap[passage / 64] |= 1 << (passage % 64))?;
            }
            let bits = |(at, &word): (usize, &u64)| {
                let mut word = word;
                std::iter::from_fn(move || {
                    let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
                    word &= word - 1;
                    Some(at * 64 + bit)
                })
            };
            Ok(bitmap.iter().enumerate().flat_map(bits).collect())
        };
        self.generation.parts().iter().map(gather_part).collect()
    }

    /// The `keep` passages with the best estimates, in order of their place.
    fn estimate(&self, scores: &CentroidScores, gathered: Vec<Vec<usize>>, keep: usize) -> Result<Vec<Estimated>> {
        let mut estimates = Vec::with_capacity(gathered.iter().map(Vec::len).sum());
        let mut best = vec![0.0; scores.lanes()];
        for (at, (part, passages)) in self.generation.parts().iter().zip(gathered).enumerate() {
            for (n, passage) in passages.into_iter().enumerate() {
                if n % (8 * PASSAGES_BETWEEN_CHECKS) == 0 {
                    self.context.check()?;
                }
                let estimate = match &part.postings {
                    None => f32::INFINITY,
                    Some(postings) => {
                        let ids = postings.centroid_ids(&part.segment.token_range(passage)?)?;
                        estimate(scores, ids, &mut best).map_err(|id| postings.unknown_centroid(id))?
                    }
                };
                estimates.push((estimate, at, passage));
            }
        }
        if keep < estimates.len() {
            estimates.select_nth_unstable_by(keep, |a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            estimates.truncate(keep);
        }
        estimates.sort_unstable_by_key(|&(_, part, passage)| (part, passage));
        Ok(estimates)
    }
}

/// MaxSim of the centroids that stand for a passage's token vectors; fails with an id that no centroid has.
fn estimate(scores: &CentroidScores, ids: &[u16], best: &mut [f32]) -> Result<f32, u16> {
    best.fill(f32::NEG_INFINITY);
    for &id in ids {
        let row = scores.row(id).ok_or(id)?;
        for (best, &score) in best.iter_mut().zip(row) {
            *best = if score > *best { score } else { *best };
        }
    }
    Ok(best.iter().sum())
}
