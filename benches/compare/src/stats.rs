//! Quantiles of measured times.

use serde::Serialize;

/// Milliseconds of many searches in three figures.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Milliseconds {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) mean: f64,
}

impl Milliseconds {
    /// Of seconds.
    pub(crate) fn of(seconds: &[f64]) -> Self {
        let mean = seconds.iter().sum::<f64>() / seconds.len().max(1) as f64;
        Self { p50: quantile(seconds, 0.5) * 1e3, p95: quantile(seconds, 0.95) * 1e3, mean: mean * 1e3 }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!((quantile(&values, 0.5), quantile(&values, 0.95), quantile(&values, 1.0)), (50.0, 95.0, 100.0));
        assert_eq!((median(&[3.0]), median(&[])), (3.0, 0.0));
    }
}
