//! Scores of all centroids for all query tokens, as bytes: what is probed, and what passages are estimated from.

use super::Router;
use crate::TokenMatrix;
use crate::codes::IntRows;
use crate::kernels::{Kernels, MASK, Picked, TILE};

/// Centroids looked at before the least score worth probing is raised for the first time; doubles from there.
const FIRST_RUN: usize = 64;

/// A centroid and its score for one query token, in steps of the token's weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) centroid: u16,
    pub(crate) score: u8,
}

/// Scores of all centroids: centroids x lanes bytes, where 255 stands for the length of the query token and 0 for a
/// dot product of zero or less. A byte a score, so that a table of 8,192 centroids stays in the second-level cache.
#[derive(Debug)]
pub(crate) struct CentroidTable {
    bytes: Vec<u8>,
    tokens: usize,
    /// Value of one step, per lane; lanes beyond the query tokens weigh nothing.
    weights: Vec<f32>,
}

impl CentroidTable {
    pub(super) fn new(router: &Router, kernels: Kernels, rotated: &TokenMatrix) -> Self {
        let width = router.width();
        let mut narrow = Vec::new();
        router.projection.project(kernels, rotated.values(), &mut narrow);
        let query = IntRows::new(narrow.chunks_exact(width), width);
        let (tokens, lanes) = (rotated.rows(), rotated.rows().next_multiple_of(MASK));
        let mut weights: Vec<f32> = rotated.iter_rows().map(|row| length(row) / 255.0).collect();
        weights.resize(lanes, 0.0);
        let mut steps = vec![0.0; query.block.lanes()];
        for ((step, unit), weight) in steps.iter_mut().zip(&query.units).zip(&weights) {
            // A query token of zeros scores nothing anywhere.
            *step = if *weight > 0.0 { unit / weight } else { 0.0 };
        }
        let mut bytes = vec![0; router.centroids() * lanes];
        let mut dots = vec![0; TILE * query.block.lanes()];
        let tiles = router.biased.chunks(TILE * width).zip(router.units.chunks(TILE));
        for ((rows, units), bytes) in tiles.zip(bytes.chunks_mut(TILE * lanes)) {
            let dots = &mut dots[..units.len() * steps.len()];
            kernels.dots_i8(&query.block, rows, dots);
            let rows = bytes.chunks_exact_mut(lanes).zip(dots.chunks_exact(steps.len()));
            for ((bytes, dots), unit) in rows.zip(units) {
                for ((byte, &dot), step) in bytes.iter_mut().zip(dots).zip(&steps) {
                    *byte = rounded(dot as f32 * (unit * step));
                }
            }
        }
        Self { bytes, tokens, weights }
    }

    /// Query tokens rounded up to a multiple of 32.
    pub(crate) fn lanes(&self) -> usize {
        self.weights.len()
    }

    /// Centroids x lanes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Value of one step, per lane.
    pub(crate) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The score of a passage whose best bytes per lane these are.
    pub(crate) fn score(&self, best: &[u8]) -> f32 {
        // Eight sums, because one alone would be a chain that no compiler may reorder.
        let mut sums = [0.0f32; 8];
        for (best, weights) in best.chunks(8).zip(self.weights.chunks(8)) {
            for ((sum, &byte), weight) in sums.iter_mut().zip(best).zip(weights) {
                *sum += f32::from(byte) * weight;
            }
        }
        sums.iter().sum()
    }

    /// The `count` best centroids of every query token, best first; equal ones in order of their ids.
    pub(crate) fn probes(&self, kernels: Kernels, count: usize) -> Vec<Vec<Probe>> {
        let (tokens, lanes) = (self.tokens, self.lanes());
        let mut chosen = vec![Vec::new(); tokens];
        let mut least = vec![u8::MAX; lanes];
        least[..tokens].fill(0);
        let (mut ids, mut picked) = (Vec::new(), Vec::<Picked>::new());
        let (mut start, mut run) = (0, FIRST_RUN);
        let centroids = self.bytes.len() / lanes;
        while start < centroids {
            let end = (start + run).min(centroids);
            ids.clear();
            ids.extend((0..=u16::MAX).skip(start).take(end - start));
            picked.clear();
            let known = kernels.pick(&self.bytes, &ids, &least, &mut picked);
            debug_assert!(known.is_ok(), "ids are below the number of centroids");
            for pick in &picked {
                let centroid = ids[pick.row as usize];
                let row = &self.bytes[usize::from(centroid) * lanes..][..lanes];
                for lane in pick.lanes() {
                    // Lanes beyond the tokens are picked where a score reaches 255: there is none.
                    if let Some(chosen) = chosen.get_mut(lane) {
                        chosen.push(Probe { centroid, score: row[lane] });
                    }
                }
            }
            for (chosen, least) in chosen.iter_mut().zip(&mut least) {
                keep_best(chosen, count);
                if chosen.len() == count {
                    // Later ones have larger ids, so that they have to be better.
                    *least = chosen.iter().map(|probe| probe.score).min().unwrap_or(0).saturating_add(1);
                }
            }
            (start, run) = (end, 2 * run);
        }
        for chosen in &mut chosen {
            chosen.sort_unstable_by_key(rank);
        }
        chosen
    }
}

/// To the nearest of 0 to 255. The sum's lowest bits are the integer, which takes no conversion and so stays in SIMD.
fn rounded(value: f32) -> u8 {
    const BELOW_ITS_BITS: f32 = (3 << 22) as f32;
    let value = if value > 0.0 { value } else { 0.0 };
    let value = if value < 255.0 { value } else { 255.0 };
    (value + BELOW_ITS_BITS).to_bits() as u8
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|value| value * value).sum::<f32>().sqrt()
}

fn rank(probe: &Probe) -> (u8, u16) {
    (u8::MAX - probe.score, probe.centroid)
}

fn keep_best(chosen: &mut Vec<Probe>, count: usize) {
    if chosen.len() > count {
        chosen.select_nth_unstable_by_key(count, rank);
        chosen.truncate(count);
    }
}
