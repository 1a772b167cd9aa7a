//! When requests are meant to be sent: all moments are fixed before the first.

use std::time::Duration;

use maxsimd_engine::seed::Random;
use serde::{Deserialize, Serialize};

use super::LoadError;

/// Most requests of one run; each is remembered until its end.
const MOST: u64 = 20_000_000;

/// How the moments lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// As those of many people who know nothing of each other: exponential gaps.
    #[default]
    Poisson,
    /// All gaps are the same.
    Constant,
}

impl Arrivals {
    /// Moments from the beginning of a run on, in order, at `rate` a second; the same for the same seed.
    pub fn plan(self, rate: f64, length: Duration, seed: u64) -> Result<Vec<Duration>, LoadError> {
        let requests = (rate * length.as_secs_f64()).ceil() as u64;
        if requests > MOST {
            return Err(LoadError::TooMany { requests, most: MOST });
        }
        let within = |at: &f64| *at < length.as_secs_f64();
        Ok(match self {
            Self::Constant => (0..requests).map(|i| i as f64 / rate).take_while(within).map(moment).collect(),
            Self::Poisson => poisson(rate, seed).take_while(within).map(moment).collect(),
        })
    }
}

fn poisson(rate: f64, seed: u64) -> impl Iterator<Item = f64> {
    let mut random = Random::new(seed);
    std::iter::repeat_with(move || -uniform(&mut random).ln() / rate).scan(0.0, |at, gap| {
        *at += gap;
        Some(*at)
    })
}

/// Above 0 and at most 1.
fn uniform(random: &mut Random) -> f64 {
    const STEPS: usize = 1 << 53;
    (random.below(STEPS) + 1) as f64 / STEPS as f64
}

fn moment(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn poisson_arrivals_have_the_mean_and_the_spread_of_their_rate() {
        let plan = Arrivals::Poisson.plan(500.0, MINUTE, 7).unwrap();
        let gaps: Vec<f64> = plan.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean * 500.0 - 1.0).abs() < 0.02, "{mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn the_same_seed_gives_the_same_moments_and_another_gives_others() {
        let plan = |seed| Arrivals::Poisson.plan(100.0, MINUTE, seed).unwrap();
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
    }

    #[test]
    fn constant_arrivals_are_evenly_spread_and_end_before_the_end() {
        let plan = Arrivals::Constant.plan(4.0, Duration::from_secs(2), 0).unwrap();
        assert_eq!(plan, (0..8).map(|i| Duration::from_millis(i * 250)).collect::<Vec<_>>());
    }

    #[test]
    fn a_plan_that_fits_into_no_memory_is_refused() {
        let refused = Arrivals::Constant.plan(1e6, 60 * MINUTE, 0).unwrap_err();
        assert!(refused.to_string().contains("3600000000 requests"), "{refused}");
    }
}
