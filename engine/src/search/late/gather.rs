//! Gather: passages of the probed centroids, with a first estimate from those centroids alone.

use super::{Candidate, keep_best};
use crate::Result;
use crate::collection::Part;
use crate::router::{CentroidTable, Probe};
use crate::search::Search;

/// Passages that were gathered.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) candidates: Vec<Candidate>,
    /// Share of the best passages, by first estimates, that pass the filter.
    pub(super) passed: f64,
}

/// What probed centroids add to one passage of a segment.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    gain: f32,
    /// The query token that was counted last, from 1; centroids come best first, so only a token's first one counts.
    token: u32,
}

impl Search<'_> {
    /// The `keep` passages with the best first estimates. A query token that none of a passage's centroids was probed
    /// for counts as much as the last centroid that was. Passages without postings are gathered whatever they are, and
    /// so are all that pass a filter if there are not more of them.
    pub(super) fn gather(&self, table: &CentroidTable, probes: &[Vec<Probe>], keep: usize) -> Result<Gathered> {
        let floor = |probes: &Vec<Probe>| probes.last().map_or(0, |probe| probe.score);
        let floors: Vec<u8> = probes.iter().map(floor).collect();
        let base = table.score(&floors);
        let few = self.passing.is_some_and(|passing| passing.count() <= keep);
        let (mut candidates, mut refused) = (Vec::new(), Vec::new());
        let mut tallies = Vec::new();
        for (number, part) in (0..).zip(self.generation.parts()) {
            self.context.check()?;
            let passing = self.passing.map(|passing| passing.part(number as usize));
            if let (true, Some(passing)) = (few, passing) {
                let all =
                    passing.ones().map(|at| Candidate { estimate: f32::INFINITY, part: number, passage: at as u32 });
                candidates.extend(all);
                continue;
            }
            tallies.clear();
            tallies.resize(part.segment.passages(), Tally::default());
            let estimated = tally(part, table.weights(), probes, &mut tallies)?;
            for (passage, tally) in (0..).zip(&tallies).filter(|(_, tally)| !estimated || tally.token > 0) {
                let estimate = if estimated { base + tally.gain } else { f32::INFINITY };
                match passing.is_none_or(|set| set.contains(passage as usize)) {
                    true => candidates.push(Candidate { estimate, part: number, passage }),
                    false => refused.push(estimate),
                }
            }
            // What is held does not grow with the number of segments.
            keep_best(&mut candidates, keep);
        }
        let least = candidates.iter().map(|candidate| candidate.estimate).fold(f32::INFINITY, f32::min);
        let better = refused.iter().filter(|estimate| **estimate > least).count();
        let passed = candidates.len() as f64 / (candidates.len() + better).max(1) as f64;
        Ok(Gathered { candidates, passed })
    }
}

/// Adds up one segment; false if it has no postings.
fn tally(part: &Part, weights: &[f32], probes: &[Vec<Probe>], tallies: &mut [Tally]) -> Result<bool> {
    let Some(postings) = &part.postings else { return Ok(false) };
    for (token, (probes, weight)) in (1..).zip(probes.iter().zip(weights)) {
        let floor = probes.last().map_or(0, |probe| probe.score);
        for probe in probes {
            let gain = f32::from(probe.score - floor) * weight;
            postings.passages_of(probe.centroid, |passage| {
                let tally = &mut tallies[passage];
                tally.gain += if tally.token == token { 0.0 } else { gain };
                tally.token = token;
            })?;
        }
    }
    Ok(true)
}
