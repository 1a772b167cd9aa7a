//! Nearest centroid by direction, with the integer kernels: used by k-means and when a segment is routed.

use crate::codes::IntRows;
use crate::kernels::{Kernels, TILE};

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

    /// Nearest centroid of every point. `points`: n x width biased integers, see `bias`.
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

    fn improve(&self, dots: &[i32], first: usize, found: &mut (f32, u16)) {
        let scores = || dots.iter().zip(&self.inverse).map(|(&dot, inverse)| dot as f32 * inverse);
        // Most blocks bring nothing better: a maximum alone is what compilers turn into SIMD.
        let best = scores().take(self.rows.units.len()).fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
        if best > found.0 {
            let lane = scores().position(|s| s == best).unwrap_or(0);
            *found = (best, u16::try_from(first + lane).unwrap_or(u16::MAX));
        }
    }
}

/// Quantises rows of f32 to biased integers, as `nearest` takes them.
pub(super) fn bias(rows: &[f32], width: usize, points: &mut Vec<u8>) {
    points.clear();
    let mut row_bytes = Vec::with_capacity(width);
    for row in rows.chunks_exact(width) {
        crate::codes::quantise(row, &mut row_bytes);
        points.extend(row_bytes.iter().map(|&v| v.cast_unsigned() ^ 128));
    }
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
        let mut biased = Vec::new();
        bias(&points, width, &mut biased);
        let directions = Directions::new(&centroids, width);
        let cosine = |point: &[f32], centroid: u16| {
            let centroid = &centroids[usize::from(centroid) * width..][..width];
            kernels::dot(point, centroid) / kernels::dot(centroid, centroid).sqrt()
        };
        for kernels in kernels::available() {
            let found = directions.nearest(kernels, &biased);
            for (point, &got) in points.chunks_exact(width).zip(&found) {
                let best = (0..700).map(|c| cosine(point, c)).fold(f64::NEG_INFINITY, f64::max);
                assert!(cosine(point, got) > best - 0.15, "{}: {} of {best}", kernels.name(), cosine(point, got));
            }
        }
    }
}
