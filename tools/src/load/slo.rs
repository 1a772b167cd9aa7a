//! What is promised: a share of requests that are answered within a time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A service level objective such as `p99=20ms`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slo {
    /// Of all requests; those that fail are not within any time.
    percent: f64,
    /// In milliseconds.
    limit: f64,
}

impl Slo {
    /// Whether a latency is within the time.
    pub fn within(&self, latency: Duration) -> bool {
        latency.as_secs_f64() * 1e3 <= self.limit
    }

    /// Whether this share of all requests within the time is enough.
    pub fn kept(&self, share: f64) -> bool {
        share * 100.0 >= self.percent
    }

    /// The time, in milliseconds.
    pub fn limit_ms(&self) -> f64 {
        self.limit
    }
}

impl FromStr for Slo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.strip_prefix('p').and_then(|rest| rest.split_once('=')).and_then(|(percent, limit)| {
            let percent = percent.parse().ok().filter(|percent| *percent > 0.0 && *percent < 100.0)?;
            Some(Self { percent, limit: milliseconds(limit)? })
        });
        parsed.ok_or_else(|| format!("{text:?} is no objective such as p99=20ms or p99.9=1s"))
    }
}

fn milliseconds(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor).filter(|limit| limit.is_finite() && *limit > 0.0)
}

impl fmt::Display for Slo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}={}ms", self.percent, self.limit)
    }
}

impl TryFrom<String> for Slo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Slo> for String {
    fn from(slo: Slo) -> Self {
        slo.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_read_and_written_the_same() {
        for (text, written) in [("p99=20ms", "p99=20ms"), ("p99.9=1s", "p99.9=1000ms"), ("p50=500us", "p50=0.5ms")] {
            let slo: Slo = text.parse().unwrap();
            assert_eq!(slo.to_string(), written);
            assert_eq!(written.parse(), Ok(slo));
        }
        for bad in ["", "99=20ms", "p99", "p99=20", "p0=1ms", "p100=1ms", "p99=-1ms", "p99=1h", "pNaN=1ms"] {
            assert!(bad.parse::<Slo>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_objective_is_kept_by_a_share_of_all_requests() {
        let slo: Slo = "p99=20ms".parse().unwrap();
        assert!(slo.within(Duration::from_millis(20)) && !slo.within(Duration::from_millis(21)));
        assert!(slo.kept(0.99) && !slo.kept(0.9899));
    }
}
