//! How the benches measure: the median of several runs, and ratios within one process.

use std::time::Instant;

/// Runs of which the median counts.
const RUNS: usize = 9;

/// Median seconds of `work`, after one run that is not counted.
pub fn median_seconds(mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}
