//! Training a router from the score codes of segments: sample, project, cluster.

use std::ops::Range;

use super::assign::{Directions, bias};
use super::kmeans::{self, Run};
use super::{MAX_CENTROIDS, Projection, Router, WIDTH};
use crate::codes::Coder;
use crate::kernels::Kernels;
use crate::seed::Random;
use crate::segment::Segment;
use crate::{Context, Result, parallel};

/// Token vectors in the training sample per centroid, and at most: 128 MiB in f32 at width 128.
const PER_CENTROID: usize = 64;
const SAMPLE: usize = 1 << 18;
/// Sampled token vectors that the principal directions are taken from.
const PRINCIPAL_ROWS: usize = 1 << 15;
/// Token vectors decoded at a time.
const RUN: usize = 4096;

/// Number of centroids for a number of token vectors: 8 sqrt(n) as a power of two.
fn centroids_for(token_vectors: usize) -> usize {
    let target = 8.0 * (token_vectors as f64).sqrt();
    (1usize << target.log2().floor() as u32).clamp(16, MAX_CENTROIDS)
}

/// Trains a router on segments of one coder.
pub(crate) fn train(context: &Context, source: &Source, seed: u64, threads: usize) -> Result<Router> {
    let total = source.segments.iter().map(Segment::token_vectors).sum();
    let centroids = centroids_for(total);
    let picks = picks(source.segments, total, SAMPLE.min(centroids * PER_CENTROID), seed);
    let step = picks.len().div_ceil(PRINCIPAL_ROWS).max(1);
    let spread: Vec<Pick> = picks.iter().copied().step_by(step).collect();
    let width = WIDTH.min(source.coder.width());
    let projection = Projection::principal(&source.decode(&spread)?, source.coder.width(), width);
    context.check()?;
    let runs: Vec<&[Pick]> = picks.chunks(RUN).collect();
    let projected = parallel::map(threads, &runs, |picks| {
        let mut narrow = Vec::new();
        projection.project(source.kernels, &source.decode(picks)?, &mut narrow);
        Ok(narrow)
    });
    let points = projected.into_iter().collect::<Result<Vec<_>>>()?.concat();
    let means = kmeans::cluster(context, source.kernels, &points, width, centroids, Run { seed, threads })?;
    Ok(Router::new(projection, &means))
}

/// Score codes to train on or to assign.
pub(crate) struct Source<'a> {
    pub(crate) kernels: Kernels,
    pub(crate) coder: &'a Coder,
    pub(crate) segments: &'a [Segment],
}

/// A token vector: segment and row.
type Pick = (usize, usize);

impl Source<'_> {
    /// Decodes token vectors into the rotated space, row after row.
    fn decode(&self, picks: &[Pick]) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(picks.len() * self.coder.width());
        for &(segment, row) in picks {
            self.decode_run(segment, row..row + 1, &mut values)?;
        }
        Ok(values)
    }

    /// Appends neighbouring token vectors of a segment, decoded.
    fn decode_run(&self, segment: usize, tokens: Range<usize>, values: &mut Vec<f32>) -> Result<()> {
        let (segment, width) = (&self.segments[segment], self.coder.width());
        let mut rows = Vec::new();
        self.coder.unpack(self.kernels, segment.codes(&tokens)?, &mut rows);
        for (row, &scale) in rows.chunks_exact(width).zip(segment.scales(&tokens)?) {
            let start = values.len();
            values.resize(start + width, 0.0);
            self.coder.decode(row, half::f16::from_bits(scale), &mut values[start..]);
        }
        Ok(())
    }
}

/// An evenly spread, jittered sample of token vectors.
fn picks(segments: &[Segment], total: usize, size: usize, seed: u64) -> Vec<Pick> {
    let mut random = Random::new(seed ^ 0x5a3d_3e2f);
    let size = size.min(total);
    let (mut segment, mut first) = (0, 0);
    let pick = |at: usize| {
        let (start, end) = (at * total / size, (at + 1) * total / size);
        let row = start + random.below(end - start);
        while row - first >= segments[segment].token_vectors() {
            first += segments[segment].token_vectors();
            segment += 1;
        }
        (segment, row - first)
    };
    (0..size).map(pick).collect()
}

/// Nearest centroid of every token vector of a segment.
pub(super) fn assign(source: &Source, router: &Router, segment: usize, threads: usize) -> Result<Vec<u16>> {
    let width = router.width();
    let means: Vec<f32> = router.biased.iter().map(|&v| f32::from(i16::from(v) - 128)).collect();
    let directions = Directions::new(&means, width);
    let total = source.segments[segment].token_vectors();
    let runs: Vec<_> = (0..total).step_by(RUN).map(|start| start..(start + RUN).min(total)).collect();
    let assigned = parallel::map(threads, &runs, |tokens| {
        let (mut values, mut narrow, mut points) = (Vec::new(), Vec::new(), Vec::new());
        source.decode_run(segment, tokens.clone(), &mut values)?;
        router.projection.project(source.kernels, &values, &mut narrow);
        bias(&narrow, width, &mut points);
        Ok(directions.nearest(source.kernels, &points))
    });
    Ok(assigned.into_iter().collect::<Result<Vec<_>>>()?.concat())
}
