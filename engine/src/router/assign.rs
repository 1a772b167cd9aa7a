//! Nearest centroid by direction, with the integer kernels: used by k-means and when a segment is routed.

use super::points::Points;
use super::source::RUN;
use super::{Router, Source};
use crate::codes::IntRows;
use crate::kernels::{Kernels, Nearest};
use crate::segment::Segment;
use crate::{Result, parallel};

/// Centroids of one kernel block: small enough for the first-level cache.
const BLOCK: usize = 256;
/// Points that pass all blocks together, small enough for it as well.
const RUN_OF_POINTS: usize = 128;

/// Centroids laid out for finding the one with the largest cosine.
#[derive(Debug)]
pub(super) struct Directions {
    width: usize,
    blocks: Vec<DirectionBlock>,
}

#[derive(Debug)]
struct DirectionBlock {
    rows: IntRows,
    /// 1 / norm of the integer row, per lane; NaN for lanes without a centroid.
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
        let mut found = Vec::with_capacity(points.len() / self.width);
        let mut nearest = [Nearest { cosine: 0.0, lane: 0 }; RUN_OF_POINTS];
        // Points stay in the first-level cache while all blocks pass.
        for points in points.chunks(RUN_OF_POINTS * self.width) {
            let nearest = &mut nearest[..points.len() / self.width];
            let start = found.len();
            found.resize(start + nearest.len(), (f32::NEG_INFINITY, 0));
            let mut first = 0;
            for block in &self.blocks {
                kernels.nearest(&block.rows.block, &block.inverse, points, nearest);
                for (found, nearest) in found[start..].iter_mut().zip(&*nearest) {
                    if nearest.cosine > found.0 {
                        *found = (nearest.cosine, first + nearest.lane);
                    }
                }
                first += block.rows.units.len() as u32;
            }
        }
        found.into_iter().map(|(_, centroid)| u16::try_from(centroid).unwrap_or(u16::MAX)).collect()
    }
}

impl DirectionBlock {
    fn new(rows: &[f32], width: usize) -> Self {
        let rows = IntRows::new(rows.chunks_exact(width), width);
        let mut inverse = vec![f32::NAN; rows.block.lanes()];
        for (lane, inverse) in inverse.iter_mut().enumerate().take(rows.units.len()) {
            let norm = rows.block.norm(lane);
            *inverse = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        }
        Self { rows, inverse }
    }
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
