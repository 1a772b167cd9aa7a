//! Training a router from the score codes of segments: sample, project, cluster.

use super::kmeans::{self, Run};
use super::points::Points;
use super::{MAX_CENTROIDS, Projection, Router, Source, WIDTH};
use crate::{Context, Result};

/// Token vectors in the training sample per centroid, and at most (32 MiB at width 128).
const PER_CENTROID: usize = 64;
const SAMPLE: usize = 1 << 18;
/// Values of the sampled token vectors that the principal directions are taken from: 12 MiB, 8,192 rows of width 384.
const PRINCIPAL_VALUES: usize = 384 << 13;

/// Number of centroids for a number of token vectors: 8 sqrt(n) as a power of two.
fn centroids_for(token_vectors: usize) -> usize {
    let target = (64 * token_vectors).isqrt().max(1);
    (1usize << target.ilog2()).clamp(16, MAX_CENTROIDS)
}

/// Trains a router on segments of one coder.
pub(crate) fn train(context: &Context, source: &Source, seed: u64) -> Result<Router> {
    let centroids = centroids_for(source.total());
    let picks = source.picks(SAMPLE.min(centroids * PER_CENTROID), seed);
    let projection = principal(source, &picks)?;
    context.check()?;
    let narrow = source.sample(&picks, |values| {
        let mut narrow = Vec::new();
        projection.project(source.kernels, &values, &mut narrow);
        Points::new(&narrow, projection.width())
    })?;
    let points = Points::concat(narrow, projection.width());
    let run = Run { seed, threads: source.threads };
    let means = kmeans::cluster(context, source.kernels, &points, centroids, run)?;
    Ok(Router::new(projection, &means))
}

fn principal(source: &Source, picks: &[super::source::Pick]) -> Result<Projection> {
    let step = picks.len().div_ceil(PRINCIPAL_VALUES / source.width()).max(1);
    let spread: Vec<_> = picks.iter().copied().step_by(step).collect();
    let rows = source.sample(&spread, |values| values)?.concat();
    Ok(Projection::principal(&rows, source.width(), WIDTH.min(source.width())))
}
