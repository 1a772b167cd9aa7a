//! Spherical k-means (Dhillon & Modha 2001) on a sample, seeded; the result does not depend on the number of threads.

use super::assign::{Directions, bias};
use crate::kernels::Kernels;
use crate::seed::Random;
use crate::{Context, Result, parallel};

const ITERATIONS: usize = 8;
/// Points that one thread takes at a time.
const CHUNK: usize = 2048;

/// Centroids (mean of their points, not normalised) of `count` clusters of `points` (n x width).
pub(super) fn cluster(
    context: &Context,
    kernels: Kernels,
    points: &[f32],
    width: usize,
    count: usize,
    run: Run,
) -> Result<Vec<f32>> {
    let mut random = Random::new(run.seed);
    let mut centroids = first_centroids(points, width, count, &mut random);
    let mut biased = Vec::new();
    bias(points, width, &mut biased);
    for _ in 0..ITERATIONS {
        context.check()?;
        let directions = Directions::new(&centroids, width);
        let chunks: Vec<&[u8]> = biased.chunks(CHUNK * width).collect();
        let assigned = parallel::map(run.threads, &chunks, |chunk| directions.nearest(kernels, chunk));
        centroids = means(points, width, count, assigned.into_iter().flatten(), &mut random);
    }
    Ok(centroids)
}

/// Seed and threads of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) seed: u64,
    pub(super) threads: usize,
}

fn first_centroids(points: &[f32], width: usize, count: usize, random: &mut Random) -> Vec<f32> {
    let mut order: Vec<usize> = (0..points.len() / width).collect();
    random.shuffle(&mut order);
    order.iter().cycle().take(count).flat_map(|&at| &points[at * width..][..width]).copied().collect()
}

fn means(
    points: &[f32],
    width: usize,
    count: usize,
    assigned: impl Iterator<Item = u16>,
    random: &mut Random,
) -> Vec<f32> {
    let mut sums = vec![0.0f64; count * width];
    let mut members = vec![0u32; count];
    for (point, centroid) in points.chunks_exact(width).zip(assigned) {
        let centroid = usize::from(centroid);
        members[centroid] += 1;
        sums[centroid * width..][..width].iter_mut().zip(point).for_each(|(s, &p)| *s += f64::from(p));
    }
    let mut centroids = Vec::with_capacity(count * width);
    for (sum, &members) in sums.chunks_exact(width).zip(&members) {
        if members == 0 {
            // An empty cluster starts again at a random point.
            let at = random.below(points.len() / width);
            centroids.extend_from_slice(&points[at * width..][..width]);
        } else {
            centroids.extend(sum.iter().map(|s| (s / f64::from(members)) as f32));
        }
    }
    centroids
}
