//! How much of a figure, or of a difference between two rankings, is due to the queries that happen to be in a data set.

use maxsimd_engine::seed::Random;
use serde::Serialize;

/// Samples of queries that an interval is of.
const SAMPLES: usize = 10_000;
/// Exchanges of the two rankings that a difference is compared with.
const EXCHANGES: usize = 100_000;
const SEED: u64 = 20_261_125;
/// Sums that differ by less are the same: their order of addition differs.
const SAME: f64 = 1e-9;

/// A mean over queries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The middle 95 % of the means of as many queries, drawn with replacement (bootstrap, Efron 1979).
    pub interval: [f64; 2],
}

/// The mean difference of a figure between two rankings of the same queries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The mean, with its interval.
    #[serde(flatten)]
    pub mean: Mean,
    /// How often a difference as large as that, in either direction, comes about if the two are exchanged at random query by
    /// query (Fisher's paired permutation test).
    pub p: f64,
}

impl Mean {
    /// Of values, one for each query; 0 of none.
    pub fn of(values: &[f64]) -> Self {
        let Some(count) = Some(values.len()).filter(|count| *count > 0) else {
            return Self { mean: 0.0, interval: [0.0; 2] };
        };
        let mut random = Random::new(SEED);
        let mut sample = || (0..count).map(|_| values[random.below(count)]).sum::<f64>() / count as f64;
        let mut means: Vec<f64> = (0..SAMPLES).map(|_| sample()).collect();
        means.sort_unstable_by(f64::total_cmp);
        let tail = SAMPLES / 40;
        Self { mean: average(values), interval: [means[tail], means[SAMPLES - 1 - tail]] }
    }
}

/// The mean alone; 0 of none.
pub(super) fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Difference {
    /// Of values, one for each query in the same order.
    pub fn of(ours: &[f64], theirs: &[f64]) -> Self {
        let differences: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect();
        Self { mean: Mean::of(&differences), p: chance(&differences) }
    }
}

/// Share of random signs whose sum is as far from 0.
fn chance(differences: &[f64]) -> f64 {
    let differences: Vec<f64> = differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    let observed = differences.iter().sum::<f64>().abs() - SAME;
    let mut random = Random::new(SEED);
    let mut exchanged = || {
        let signed = |chunk: &[f64]| {
            let signs = random.bits();
            chunk.iter().enumerate().map(|(at, value)| if signs >> at & 1 == 0 { *value } else { -value }).sum::<f64>()
        };
        differences.chunks(64).map(signed).sum::<f64>().abs()
    };
    let as_far = (0..EXCHANGES).filter(|_| exchanged() >= observed).count();
    // What was observed is one of them.
    (as_far + 1) as f64 / (EXCHANGES + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_as_wide_as_the_standard_error_says() {
        let values: Vec<f64> = (0..400).map(|n| f64::from(n % 2)).collect();
        let Mean { mean, interval: [from, to] } = Mean::of(&values);
        assert_eq!(mean, 0.5);
        // 1.96 * sqrt(0.25 / 400) = 0.049
        assert!((0.5 - from - 0.049).abs() < 0.004 && (to - 0.5 - 0.049).abs() < 0.004, "{from} {to}");
        assert_eq!(Mean::of(&[]).interval, [0.0, 0.0]);
        assert_eq!(Mean::of(&[0.3; 5]).interval.map(|bound| (bound * 1e9).round()), [3e8, 3e8]);
    }

    #[test]
    fn the_chance_of_a_difference_is_that_of_all_exchanges() {
        // Of the 2^10 exchanges of ten equal differences, two are as far from 0.
        let ours = [1.0; 10];
        let p = Difference::of(&ours, &[0.0; 10]).p;
        assert!((p - 2.0 / 1024.0).abs() < 6e-4, "{p}");
        assert!((Difference::of(&ours, &ours).p - 1.0).abs() < 1e-12);
        // 3 of one sign among 4: 10 of 16 exchanges.
        let p = Difference::of(&[1.0, 1.0, 1.0, 0.0], &[0.0, 0.0, 0.0, 1.0]).p;
        assert!((p - 10.0 / 16.0).abs() < 6e-3, "{p}");
    }

    #[test]
    fn the_same_values_have_the_same_interval_and_chance() {
        let (ours, theirs) = ([0.1, 0.5, 0.9, 0.4], [0.2, 0.4, 0.8, 0.1]);
        assert_eq!(Difference::of(&ours, &theirs), Difference::of(&ours, &theirs));
        let (one, other) = (Difference::of(&ours, &theirs), Difference::of(&theirs, &ours));
        assert!((one.mean.mean + other.mean.mean).abs() < 1e-12);
    }
}
