//! Quantiles of measured times.

use serde::Serialize;

use crate::searcher::Spent;

/// Milliseconds of many searches.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Milliseconds {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) mean: f64,
    pub(crate) processor_p50: f64,
}

impl Milliseconds {
    /// Of what searches took.
    pub(crate) fn of(spent: &[Spent]) -> Self {
        let wall: Vec<f64> = spent.iter().map(|spent| spent.wall * 1e3).collect();
        let processor: Vec<f64> = spent.iter().map(|spent| spent.processor * 1e3).collect();
        let mean = wall.iter().sum::<f64>() / wall.len().max(1) as f64;
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| quantile(&wall, share));
        Self { p50, p95, p99, mean, processor_p50: median(&processor) }
    }
}

/// The value below which a share of all values lies (nearest rank); 0 of none.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * share).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Exponent b of the power law y = a x^b that fits best (least squares of the logarithms).
pub(crate) fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len().max(1) as f64;
    let (x, y) = (logs.iter().map(|p| p.0).sum::<f64>() / count, logs.iter().map(|p| p.1).sum::<f64>() / count);
    let together: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    together / logs.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_power_law_is_found() {
        let points: Vec<(f64, f64)> = [1.0, 4.0, 9.0, 100.0].map(|x: f64| (x, 3.0 * x.powf(0.7))).to_vec();
        assert!((exponent(&points) - 0.7).abs() < 1e-9);
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!((quantile(&values, 0.5), quantile(&values, 0.95), quantile(&values, 1.0)), (50.0, 95.0, 100.0));
        assert_eq!((median(&[3.0]), median(&[])), (3.0, 0.0));
    }
}
