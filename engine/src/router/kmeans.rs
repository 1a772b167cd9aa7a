//! Spherical k-means (Dhillon & Modha 2001) on a sample, seeded; the result does not depend on the number of threads.

use super::assign::Directions;
use super::points::Points;
use crate::kernels::Kernels;
use crate::seed::Random;
use crate::{Context, Result, parallel};

const ITERATIONS: usize = 8;
/// Points that one thread takes at a time.
const CHUNK: usize = 2048;

/// Seed and threads of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) seed: u64,
    pub(super) threads: usize,
}

/// Centroids of `count` clusters: the means of their points, not normalised.
pub(super) fn cluster(
    context: &Context,
    kernels: Kernels,
    points: &Points,
    count: usize,
    run: Run,
) -> Result<Vec<f32>> {
    let width = points.width();
    let mut random = Random::new(run.seed);
    let mut order: Vec<usize> = (0..points.len()).collect();
    random.shuffle(&mut order);
    let mut centroids: Vec<f32> = order.iter().cycle().take(count).flat_map(|&at| points.values(at)).collect();
    let chunks: Vec<&[u8]> = points.biased().chunks(CHUNK * width).collect();
    for _ in 0..ITERATIONS {
        context.check()?;
        let directions = Directions::new(&centroids, width);
        let assigned = parallel::map(run.threads, &chunks, |chunk| directions.nearest(kernels, chunk));
        centroids = means(points, count, assigned.into_iter().flatten(), &mut random);
    }
    Ok(centroids)
}

fn means(points: &Points, count: usize, assigned: impl Iterator<Item = u16>, random: &mut Random) -> Vec<f32> {
    let width = points.width();
    let mut sums = vec![0.0f64; count * width];
    let mut members = vec![0u32; count];
    for (at, centroid) in assigned.enumerate() {
        let centroid = usize::from(centroid);
        members[centroid] += 1;
        let sum = &mut sums[centroid * width..][..width];
        sum.iter_mut().zip(points.values(at)).for_each(|(sum, value)| *sum += f64::from(value));
    }
    let mut centroids = Vec::with_capacity(count * width);
    for (sum, &members) in sums.chunks_exact(width).zip(&members) {
        if members == 0 {
            // An empty cluster starts again at a random point.
            centroids.extend(points.values(random.below(points.len())));
        } else {
            centroids.extend(sum.iter().map(|s| (s / f64::from(members)) as f32));
        }
    }
    centroids
}
