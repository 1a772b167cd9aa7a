//! What times are like.

use std::time::Duration;

/// Milliseconds that `percent` of the times do not exceed (nearest rank); 0 of none.
pub fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&times, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&times[..1], 50), 200.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }
}
