//! How long things took: quantiles, and the HdrHistogram that they are of.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

use super::LoadError;

/// Significant digits that a histogram keeps: a thousandth of each value is lost.
const DIGITS: u8 = 3;
/// Longest time that a report may be of; a day's run has none that is longer.
const LONGEST: u64 = 48 * 3600 * 1_000_000_000;

/// Milliseconds, and the histogram (of nanoseconds) that they are from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Distribution {
    /// How many were timed.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: f64,
    /// What one in ten took at least.
    pub p90: f64,
    /// One in twenty.
    pub p95: f64,
    /// One in a hundred.
    pub p99: f64,
    /// One in a thousand.
    pub p99_9: f64,
    /// The longest.
    pub max: f64,
    /// HdrHistogram V2, deflated, in base64.
    pub histogram: String,
}

impl Distribution {
    /// Of these times.
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Result<Self, LoadError> {
        Self::of_histogram(&histogram(times)?)
    }

    /// Of what others are of, together.
    pub fn merged<'a>(all: impl IntoIterator<Item = &'a Self>) -> Result<Self, LoadError> {
        let mut merged = empty()?;
        for one in all {
            merged.add(one.decoded()?).map_err(unusable)?;
        }
        Self::of_histogram(&merged)
    }

    /// The histogram, of nanoseconds.
    pub fn decoded(&self) -> Result<Histogram<u64>, LoadError> {
        let bytes = STANDARD.decode(&self.histogram).map_err(unusable)?;
        let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut &*bytes).map_err(unusable)?;
        match histogram.len() == self.count && histogram.max() <= LONGEST {
            true => Ok(histogram),
            false => Err(LoadError::Report("a histogram does not have what is said of it".to_owned())),
        }
    }

    fn of_histogram(histogram: &Histogram<u64>) -> Result<Self, LoadError> {
        let at = |quantile| milliseconds(histogram.value_at_quantile(quantile));
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(histogram, &mut bytes).map_err(unusable)?;
        Ok(Self {
            count: histogram.len(),
            mean: histogram.mean() / 1e6,
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p99_9: at(0.999),
            max: milliseconds(histogram.max()),
            histogram: STANDARD.encode(bytes),
        })
    }
}

/// A histogram of times in nanoseconds.
pub fn histogram(times: impl IntoIterator<Item = Duration>) -> Result<Histogram<u64>, LoadError> {
    let mut histogram = empty()?;
    for time in times {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(LONGEST).min(LONGEST);
        histogram.record(nanoseconds).map_err(unusable)?;
    }
    Ok(histogram)
}

fn empty() -> Result<Histogram<u64>, LoadError> {
    Histogram::new(DIGITS).map_err(unusable)
}

fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

fn unusable(error: impl std::fmt::Display) -> LoadError {
    LoadError::Report(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(range: std::ops::Range<u64>) -> impl Iterator<Item = Duration> {
        range.map(Duration::from_micros)
    }

    #[test]
    fn quantiles_are_within_a_thousandth() {
        let of = Distribution::of(times(1..100_001)).unwrap();
        for (found, exact) in [(of.p50, 50.0), (of.p90, 90.0), (of.p99, 99.0), (of.p99_9, 99.9), (of.max, 100.0)] {
            assert!((found / exact - 1.0).abs() < 0.001, "{found} {exact}");
        }
    }

    #[test]
    fn merging_two_is_the_same_as_one_of_both() {
        let (low, high) = (Distribution::of(times(1..500)).unwrap(), Distribution::of(times(400..90_000)).unwrap());
        let both = Distribution::of(times(1..500).chain(times(400..90_000))).unwrap();
        let merged = Distribution::merged([&low, &high]).unwrap();
        assert_eq!(merged.decoded().unwrap(), both.decoded().unwrap());
        assert_eq!(
            Distribution { histogram: String::new(), ..merged },
            Distribution { histogram: String::new(), ..both }
        );
    }

    #[test]
    fn what_is_no_histogram_is_an_error() {
        let fine = Distribution::of(times(1..9)).unwrap();
        for histogram in ["", "?", "AAAA", &fine.histogram[..fine.histogram.len() - 8]] {
            let broken = Distribution { histogram: histogram.to_owned(), ..fine.clone() };
            assert!(broken.decoded().is_err(), "{histogram}");
        }
        assert!(Distribution { count: 3, ..fine }.decoded().is_err());
    }
}
