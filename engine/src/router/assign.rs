//! Nearest centroid by direction, with the integer kernels: used by k-means and when a segment is routed.

use super::points::Points;
use super::source::RUN;
use super::{Router, Source};
use crate::codes::IntRows;
use crate::kernels::{Kernels, LANES, TILE};
use crate::segment::Segment;
use crate::{Result, parallel};

/// Centroids of one kernel block: small enough for the first-level cache.
const BLOCK: usize = 256;

/// Centroids laid out for finding the one with the largest cosine.
#[derive(Debug)]
pub(super) struct Directions {
    width: usize,
    blocks: Vec<DirectionBlock>,
}

#[derive(Debug)]
struct DirectionBlock {
    rows: IntRows,
    /// 1 / norm of the integer row, per lane; 0 for lanes without a centroid.
    inverse: Vec<f32>,
}

impl Directions {
    /// Takes centroids of any length: rows x width.
    pub(super) fn new(centroids: &[f32], width: usize) -> Self {
        let blocks = centroids.chunks(BLOCK * width).map(|rows| DirectionBlock::new(rows, width)).collect();
        Self { width, blocks }
    }

    /// Nearest centroid of every point. `points`: n x width biased integers, as `Points` holds them.
    pub(super) fn nearest(&self, kernels: Kernels, points: &[u8]) -> Vec<u16> {
        let mut found = vec![(f32::NEG_INFINITY, 0u16); points.len() / self.width];
        let mut dots = vec![0; TILE * BLOCK];
        let mut first = 0usize;
        for block in &self.blocks {
            let lanes = block.inverse.len();
            for (points, found) in points.chunks(TILE * self.width).zip(found.chunks_mut(TILE)) {
                let dots = &mut dots[..found.len() * lanes];
                kernels.dots_i8(&block.rows.block, points, dots);
                for (dots, found) in dots.chunks_exact(lanes).zip(found) {
                    block.improve(dots, first, found);
                }
            }
            first += block.rows.units.len();
        }
        found.into_iter().map(|f| f.1).collect()
    }
}

impl DirectionBlock {
    fn new(rows: &[f32], width: usize) -> Self {
        let rows = IntRows::new(rows.chunks_exact(width), width);
        let mut inverse = vec![0.0; rows.block.lanes()];
        for (lane, inverse) in inverse.iter_mut().enumerate().take(rows.units.len()) {
            let norm = rows.block.norm(lane);
            *inverse = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        }
        Self { rows, inverse }
    }

    /// Takes the block's best centroid if it beats what was found in the blocks before.
    fn improve(&self, dots: &[i32], first: usize, found: &mut (f32, u16)) {
        let count = self.rows.units.len();
        let (dots, inverse) = (&dots[..count], &self.inverse[..count]);
        let best = largest(dots, inverse);
        if best > found.0 {
            let lane = dots.iter().zip(inverse).position(|(&dot, inverse)| dot as f32 * inverse == best);
            *found = (best, u16::try_from(first + lane.unwrap_or(0)).unwrap_or(u16::MAX));
        }
    }
}

/// Largest `dots * inverse`. Sixteen running maxima, because one alone would be a chain that no compiler may reorder.
fn largest(dots: &[i32], inverse: &[f32]) -> f32 {
    let mut maxima = [f32::NEG_INFINITY; LANES];
    for (dots, inverse) in dots.chunks(LANES).zip(inverse.chunks(LANES)) {
        for ((max, &dot), inverse) in maxima.iter_mut().zip(dots).zip(inverse) {
            let score = dot as f32 * inverse;
            *max = if score > *max { score } else { *max };
        }
    }
    maxima.into_iter().fold(f32::NEG_INFINITY, f32::max)
}

/// Nearest centroid of every token vector of a segment.
pub(super) fn assign(source: &Source, router: &Router, segment: &Segment) -> Result<Vec<u16>> {
    let directions = router.directions();
    let total = segment.token_vectors();
    let runs: Vec<_> = (0..total).step_by(RUN).map(|start| start..(start + RUN).min(total)).collect();
    let assigned = parallel::map(source.threads, &runs, |tokens| {
        let (mut values, mut narrow) = (Vec::new(), Vec::new());
        source.decode(segment, tokens.clone(), &mut values)?;
        router.projection.project(source.kernels, &values, &mut narrow);
        Ok(directions.nearest(source.kernels, Points::new(&narrow, router.width()).biased()))
    });
    Ok(assigned.into_iter().collect::<Result<Vec<_>>>()?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernels, seed::Random};

    #[test]
    fn nearest_is_the_largest_cosine_up_to_quantisation() {
        let mut random = Random::new(9);
        let width = 40;
        let centroids: Vec<f32> = (0..700 * width).map(|_| random.gaussian()).collect();
        let points: Vec<f32> = (0..100 * width).map(|_| random.gaussian()).collect();
        let integers = Points::new(&points, width);
        let directions = Directions::new(&centroids, width);
        let cosine = |point: &[f32], centroid: u16| {
            let centroid = &centroids[usize::from(centroid) * width..][..width];
            kernels::dot(point, centroid) / kernels::dot(centroid, centroid).sqrt()
        };
        for kernels in kernels::available() {
            let found = directions.nearest(kernels, integers.biased());
            for (point, &got) in points.chunks_exact(width).zip(&found) {
                let best = (0..700).map(|c| cosine(point, c)).fold(f64::NEG_INFINITY, f64::max);
                assert!(cosine(point, got) > best - 0.15, "{}: {} of {best}", kernels.name(), cosine(point, got));
            }
        }
    }
}
