//! How many components: the number of least BIC (Schwarz 1978), looked for on a ladder.

use super::mixture::Mixture;
use super::points::{Points, sample};
use crate::seed::Random;

/// Numbers of components that are tried; the paper tries each up to 50.
const LADDER: [usize; 15] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50];
/// Points per component at least, on average: with fewer, BIC takes chance for structure.
const FEWEST: usize = 5;
/// Points that mixtures are fitted to.
const SAMPLE: usize = 2000;

/// The mixture of least BIC; none if there is nothing to tell points apart, or too few of them.
pub(super) fn best(points: &Points, random: &mut Random) -> Option<Mixture> {
    if points.dimensions == 0 {
        return None;
    }
    let sample = Points { dimensions: points.dimensions, points: sample(&points.points, SAMPLE, random) };
    let rungs = LADDER.into_iter().take_while(|count| count * FEWEST <= sample.points.len());
    let fits = rungs.map(|count| {
        let (mixture, likelihood) = Mixture::fit(&sample, count, random);
        let penalty = mixture.parameters() as f64 * (sample.points.len() as f64).ln();
        (penalty - 2.0 * likelihood, mixture)
    });
    fits.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, mixture)| mixture)
}

#[cfg(test)]
mod tests {
    use super::super::points::DIMENSIONS;
    use super::*;

    /// Points around centres that are `apart` standard deviations from the middle, one along each axis.
    fn blobs(count: usize, each: usize, apart: f32) -> Points {
        let mut random = Random::new(11);
        let mut point = |at: usize| {
            let mut point = [0.0; DIMENSIONS].map(|_: f64| f64::from(random.gaussian()));
            point[at % count] += f64::from(apart);
            point
        };
        Points { dimensions: DIMENSIONS, points: (0..count * each).map(&mut point).collect() }
    }

    #[test]
    fn as_many_components_as_blobs_are_chosen() {
        // The published search (full covariance, no floor) takes 15 for the first and 29 for the third.
        for (count, each) in [(6, 10), (6, 17), (6, 34), (6, 84), (2, 20), (4, 500)] {
            let points = blobs(count, each, 12.0);
            let right = |seed: &u64| best(&points, &mut Random::new(*seed)).unwrap().len() == count;
            let times = (0..20).filter(right).count();
            assert!(times >= 18, "{times} of 20 times for {count} blobs of {each} points");
        }
    }

    #[test]
    fn one_blob_is_one_component() {
        for points in [15, 60, 500] {
            assert_eq!(best(&blobs(1, points, 0.0), &mut Random::new(2)).unwrap().len(), 1);
        }
    }

    #[test]
    fn points_that_are_all_equal_have_no_mixture() {
        let points = Points { dimensions: 0, points: vec![[0.0; DIMENSIONS]; 40] };
        assert!(best(&points, &mut Random::new(2)).is_none());
        assert!(best(&blobs(1, 4, 0.0), &mut Random::new(2)).is_none());
    }
}
