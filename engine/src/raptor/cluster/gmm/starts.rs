//! Where a mixture starts from: greedy k-means++ (Arthur & Vassilvitskii 2007), without which two means in one blob cost
//! BIC a component too many.

use super::mixture::Sums;
use super::points::{Point, distance};
use crate::seed::Random;

/// Points that each mean but the first is the best of.
const CANDIDATES: usize = 4;

/// Points (some) given to the nearest of `count` means.
pub(super) fn starts(points: &[Point], count: usize, random: &mut Random) -> Vec<Sums> {
    let means = means(points, count, random);
    let mut sums = vec![Sums::default(); means.len()];
    for point in points {
        let distances = means.iter().map(|mean| distance(point, mean)).enumerate();
        let nearest = distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at);
        sums[nearest].add(point, 1.0);
    }
    sums
}

/// Points as means: of a few that are drawn with the square of their distance to those before, the one that is nearest
/// to all points.
fn means(points: &[Point], count: usize, random: &mut Random) -> Vec<Point> {
    let first = points[random.below(points.len())];
    let mut means = vec![first];
    let mut distances: Vec<f64> = points.iter().map(|point| distance(point, &first)).collect();
    while means.len() < count {
        let drawn = (0..CANDIDATES).map(|_| points[draw(&distances, random)]);
        let tried = drawn.map(|mean| (mean, nearer(&distances, points, &mean)));
        let total = |(_, distances): &(Point, Vec<f64>)| distances.iter().sum::<f64>();
        let Some((mean, left)) = tried.min_by(|a, b| total(a).total_cmp(&total(b))) else { break };
        means.push(mean);
        distances = left;
    }
    means
}

/// Distances to the nearest mean after one more.
fn nearer(distances: &[f64], points: &[Point], mean: &Point) -> Vec<f64> {
    distances.iter().zip(points).map(|(before, point)| before.min(distance(point, mean))).collect()
}

/// A place drawn with its weight; any place if all weights are 0.
fn draw(weights: &[f64], random: &mut Random) -> usize {
    let uniform = (random.bits() >> 11) as f64 / (1u64 << 53) as f64;
    let mut left = weights.iter().sum::<f64>() * uniform;
    let drawn = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    drawn.unwrap_or_else(|| random.below(weights.len()))
}

#[cfg(test)]
mod tests {
    use super::super::points::DIMENSIONS;
    use super::*;

    #[test]
    fn every_blob_gets_a_mean() {
        let mut random = Random::new(8);
        for seed in 0..50 {
            let points: Vec<Point> =
                (0..120).map(|at| [f64::from(at % 6 * 100) + f64::from(random.gaussian()); DIMENSIONS]).collect();
            let mut blobs: Vec<usize> = means(&points, 6, &mut Random::new(seed))
                .iter()
                .map(|mean| (mean[0] / 100.0).round() as usize)
                .collect();
            blobs.sort_unstable();
            assert_eq!(blobs, [0, 1, 2, 3, 4, 5], "seed {seed}");
        }
    }

    #[test]
    fn more_means_than_different_points_are_found() {
        assert_eq!(means(&[[1.0; DIMENSIONS]; 3], 5, &mut Random::new(1)).len(), 5);
    }
}
