//! A mixture of spherical Gaussians, fitted by expectation maximisation. Full covariances, as in the paper, explode at
//! the size of a document: a component of fewer points than dimensions has no variance at all.

use std::f64::consts::TAU;

use super::points::{Point, Points, distance};
use super::starts::starts;
use crate::seed::Random;

/// Iterations at most.
const ITERATIONS: usize = 40;
/// Rise of the mean log-likelihood of a point below which the fit has ended.
const ENOUGH: f64 = 1e-3;
/// Variance of a component at least, where that of all points is 1.
const FLOOR: f64 = 0.02;
/// Weight of a component at least, in points: one that has lost all of its points keeps a finite density.
const LIGHTEST: f64 = 1e-3;
/// Logarithm of a share below which a component has no part in a point.
const NONE: f64 = -20.0;

/// Components with their weights.
#[derive(Debug, Clone)]
pub(super) struct Mixture {
    dimensions: usize,
    components: Vec<Component>,
}

/// One spherical Gaussian.
#[derive(Debug, Clone)]
struct Component {
    mean: Point,
    /// In each direction.
    variance: f64,
    /// Logarithm of its weight and of its density at the mean.
    log_peak: f64,
}

/// What a component is estimated from: its share of the points.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// Points, those that are shared in part.
    weight: f64,
    /// Sum of the points.
    values: Point,
    /// Sum of the squares of their lengths.
    squares: f64,
}

impl Mixture {
    /// Fits `count` components to points; also returns the log-likelihood of the points.
    pub(super) fn fit(points: &Points, count: usize, random: &mut Random) -> (Self, f64) {
        let mut mixture = Self::maximised(points, &starts(&points.points, count, random));
        let (mut sums, mut likelihood) = mixture.expected(points);
        for _ in 0..ITERATIONS {
            let next = Self::maximised(points, &sums);
            let (next_sums, next_likelihood) = next.expected(points);
            let rise = next_likelihood - likelihood;
            (mixture, sums, likelihood) = (next, next_sums, next_likelihood);
            if rise < ENOUGH * points.points.len() as f64 {
                break;
            }
        }
        (mixture, likelihood)
    }

    /// Free parameters: means, variances, and weights that sum to 1.
    pub(super) fn parameters(&self) -> usize {
        self.components.len() * (self.dimensions + 2) - 1
    }

    /// Number of components.
    pub(super) fn len(&self) -> usize {
        self.components.len()
    }

    /// Keeps the components of these numbers.
    pub(super) fn retain(&mut self, kept: impl Fn(usize) -> bool) {
        let mut at = 0..;
        self.components.retain(|_| at.next().is_some_and(&kept));
    }

    /// Probability of each component given the point; returns the logarithm of the point's density.
    pub(super) fn posterior(&self, point: &Point, probabilities: &mut Vec<f64>) -> f64 {
        probabilities.clear();
        probabilities.extend(self.components.iter().map(|component| component.log_density(point)));
        let peak = probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        probabilities.iter_mut().for_each(|p| *p = if *p - peak < NONE { 0.0 } else { (*p - peak).exp() });
        let total: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|p| *p /= total);
        peak + total.ln()
    }

    /// The components of greatest likelihood for these sums.
    fn maximised(points: &Points, sums: &[Sums]) -> Self {
        let components = sums.iter().map(|sums| sums.component(points.dimensions, points.points.len())).collect();
        Self { dimensions: points.dimensions, components }
    }

    /// Each point given to the components in proportion to their probabilities, and the log-likelihood.
    fn expected(&self, points: &Points) -> (Vec<Sums>, f64) {
        let mut sums = vec![Sums::default(); self.components.len()];
        let mut probabilities = Vec::new();
        let mut likelihood = 0.0;
        for point in &points.points {
            likelihood += self.posterior(point, &mut probabilities);
            for (sums, &weight) in sums.iter_mut().zip(&probabilities) {
                if weight > 0.0 {
                    sums.add(point, weight);
                }
            }
        }
        (sums, likelihood)
    }
}

impl Component {
    /// Logarithm of its weight and of its density at the point.
    fn log_density(&self, point: &Point) -> f64 {
        self.log_peak - 0.5 * distance(point, &self.mean) / self.variance
    }
}

impl Sums {
    /// Adds a share of a point.
    pub(super) fn add(&mut self, point: &Point, weight: f64) {
        self.weight += weight;
        self.values.iter_mut().zip(point).for_each(|(sum, value)| *sum += weight * value);
        self.squares += weight * point.iter().map(|v| v * v).sum::<f64>();
    }

    /// The component they describe.
    fn component(&self, dimensions: usize, points: usize) -> Component {
        let weight = self.weight.max(LIGHTEST);
        let mean = self.values.map(|sum| sum / weight);
        let spread = self.squares / weight - mean.iter().map(|m| m * m).sum::<f64>();
        let variance = (spread / dimensions.max(1) as f64).max(FLOOR);
        let log_peak = (weight / points as f64).ln() - 0.5 * dimensions as f64 * (TAU * variance).ln();
        Component { mean, variance, log_peak }
    }
}

#[cfg(test)]
mod tests {
    use super::super::points::DIMENSIONS;
    use super::*;

    fn at(value: f64) -> Point {
        let mut point = [0.0; DIMENSIONS];
        point[0] = value;
        point
    }

    #[test]
    fn a_point_half_way_belongs_to_both() {
        let mut random = Random::new(5);
        let points = (0..200).map(|n| at(f64::from(random.gaussian()) + if n % 2 == 0 { -4.0 } else { 4.0 }));
        let points = Points { dimensions: 1, points: points.collect() };
        let (mixture, _) = Mixture::fit(&points, 2, &mut random);
        let mut probabilities = Vec::new();
        mixture.posterior(&at(0.0), &mut probabilities);
        assert!(probabilities.iter().all(|&p| p > 0.1), "{probabilities:?}");
        mixture.posterior(&at(4.0), &mut probabilities);
        assert!(probabilities.iter().any(|&p| p > 0.999), "{probabilities:?}");
    }

    #[test]
    fn points_far_from_all_components_have_probabilities_that_sum_to_1() {
        let points = Points { dimensions: 1, points: (0..20).map(|n| at(f64::from(n % 2))).collect() };
        let (mixture, likelihood) = Mixture::fit(&points, 2, &mut Random::new(5));
        assert!(likelihood.is_finite());
        let mut probabilities = Vec::new();
        // Densities here are far below what f64 holds.
        assert!(mixture.posterior(&at(1e4), &mut probabilities).is_finite());
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{probabilities:?}");
    }

    #[test]
    fn more_components_than_different_points_stay_finite() {
        let points = Points { dimensions: 1, points: vec![at(1.0); 30] };
        let (mixture, likelihood) = Mixture::fit(&points, 5, &mut Random::new(5));
        assert!(likelihood.is_finite());
        assert_eq!(mixture.len(), 5);
    }
}
