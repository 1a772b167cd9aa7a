//! The client's own part in what was measured: whether it had the time to send and to read.
//!
//! The thread that says when something is due does nothing else; if it is late, the lag says so.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::{Distribution, Sample};
use crate::measure::percentile;

/// Share of the time from which on the thread that sends and reads is taken to be the bottleneck: replies that come while it
/// works wait for it, which latencies cannot tell from the server's time.
const MOST_BUSY: f64 = 0.8;
/// Part of what is reported that may be the client's own: more would no longer be the server's for the most part. It only
/// ever adds to latencies, and the report says how much.
const MOST_OWN: f64 = 0.2;
/// How late timers are at best; less is never worth refusing.
const TIMERS_MS: f64 = 0.1;
/// Quantiles that are reported, as percentages, and of which enough requests are left above to judge them by.
const JUDGED: [usize; 4] = [50, 90, 95, 99];

/// How the client did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Whether it ran before all ordinary threads of the machine.
    pub realtime: bool,
    /// Share of a core that the thread used which sends and reads.
    pub cpu_share: f64,
    /// Share of the time that it could have run and had no core (0 where the system does not say).
    pub waiting_share: f64,
    /// The same as milliseconds of each request.
    pub waiting_ms: f64,
    /// How late a send was begun although a connection was free: the median.
    pub lag_p50_ms: f64,
    /// The same for one in a hundred.
    pub lag_p99_ms: f64,
    /// How much lower a quantile of the latencies would be without that, as a share: of p50, p90, p95 and p99, the most.
    pub lag_share: f64,
    /// Connections that were kept.
    pub connections: usize,
}

impl Client {
    /// What shows that figures with these latencies would be of the client and not of the server.
    pub fn busy(&self, latency: &Distribution) -> Option<String> {
        let busy = self.cpu_share + self.waiting_share;
        if busy > MOST_BUSY {
            return Some(format!("the client worked or waited for a core {:.0} % of the time", busy * 100.0));
        }
        if self.lag_share > MOST_OWN {
            let share = self.lag_share * 100.0;
            return Some(format!("{share:.0} % of a latency that would be reported is the client's, which sent late"));
        }
        let waiting = self.waiting_ms - TIMERS_MS;
        (waiting > MOST_OWN * latency.mean).then(|| {
            let (own, all) = (self.waiting_ms, latency.mean);
            format!("the client waited {own:.2} ms for a core at each request, of the {all:.2} ms that one took")
        })
    }
}

/// What the calling thread had used when this was made.
#[derive(Debug)]
pub(super) struct Usage {
    realtime: bool,
    began: Instant,
    cpu: Duration,
    waiting: Duration,
}

impl Usage {
    /// Of a thread that runs before others, or does not.
    pub(super) fn now(realtime: bool) -> Self {
        Self { realtime, began: Instant::now(), cpu: cpu_time(), waiting: waiting_time() }
    }

    pub(super) fn until_now(&self) -> Used {
        let since = |now: Duration, before| now.saturating_sub(before);
        let (cpu, waiting) = (since(cpu_time(), self.cpu), since(waiting_time(), self.waiting));
        Used { wall: self.began.elapsed(), cpu, waiting, realtime: self.realtime }
    }
}

/// What a thread used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    wall: Duration,
    cpu: Duration,
    waiting: Duration,
    realtime: bool,
}

impl Used {
    /// The client that used this, of a plan with so many requests.
    pub(super) fn client(self, samples: &[Sample], requests: u64, connections: usize) -> Client {
        let share = |of: Duration| of.as_secs_f64() / self.wall.as_secs_f64();
        let lags: Vec<Duration> = samples.iter().map(|sample| sample.lag).collect();
        Client {
            realtime: self.realtime,
            cpu_share: share(self.cpu),
            waiting_share: share(self.waiting),
            waiting_ms: self.waiting.as_secs_f64() * 1e3 / requests.max(1) as f64,
            lag_p50_ms: percentile(&lags, 50),
            lag_p99_ms: percentile(&lags, 99),
            lag_share: lag_share(samples),
            connections,
        }
    }
}

/// Of the latency quantiles, how much the most affected one would be lower if all had been sent in time.
fn lag_share(samples: &[Sample]) -> f64 {
    let with: Vec<Duration> = samples.iter().map(|sample| sample.latency).collect();
    let without: Vec<Duration> = samples.iter().map(|sample| sample.latency.saturating_sub(sample.lag)).collect();
    let share = |percent| {
        let (with, without) = (percentile(&with, percent), percentile(&without, percent));
        if with - without > TIMERS_MS { (with - without) / with } else { 0.0 }
    };
    JUDGED.map(share).into_iter().fold(0.0, f64::max)
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The second of the kernel's three numbers: nanoseconds on a run queue.
fn waiting_time() -> Duration {
    let numbers = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = numbers.split_whitespace().nth(1).and_then(|number| number.parse().ok());
    waited.map(Duration::from_nanos).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Operation;

    const IDLE: Client = Client {
        realtime: false,
        cpu_share: 0.2,
        waiting_share: 0.0,
        waiting_ms: 0.0,
        lag_p50_ms: 0.1,
        lag_p99_ms: 0.2,
        lag_share: 0.0,
        connections: 4,
    };

    fn latency(mean: f64) -> Distribution {
        Distribution { mean, ..Distribution::default() }
    }

    /// Latencies of 1 to 100 ms, the n-th of them with this lag.
    fn samples(lag: impl Fn(u64) -> u64) -> Vec<Sample> {
        let milliseconds = Duration::from_millis;
        let sample = |n| Sample {
            operation: Operation::Search,
            at: Duration::ZERO,
            latency: milliseconds(n),
            service: milliseconds(n - lag(n)),
            lag: milliseconds(lag(n)),
            first_token: None,
            per_token: None,
            verdict: None,
        };
        (1..=100).map(sample).collect()
    }

    #[test]
    fn a_client_with_time_to_spare_is_believed() {
        assert_eq!(IDLE.busy(&latency(0.5)), None);
        assert_eq!(Client { waiting_ms: 3.9, lag_share: 0.19, ..IDLE }.busy(&latency(20.0)), None);
    }

    #[test]
    fn a_busy_a_starved_and_a_late_client_are_refused() {
        for client in [
            Client { cpu_share: 0.9, ..IDLE },
            Client { waiting_share: 0.7, ..IDLE },
            Client { waiting_ms: 1.2, ..IDLE },
            Client { lag_share: 0.21, ..IDLE },
        ] {
            assert!(client.busy(&latency(5.0)).is_some(), "{client:?}");
        }
    }

    #[test]
    fn lags_count_where_they_move_what_is_reported() {
        assert_eq!(lag_share(&samples(|_| 0)), 0.0);
        let half = lag_share(&samples(|n| n / 2));
        assert!((half - 0.5).abs() < 0.01, "{half}");
        // Long ones of requests that were quick nevertheless move no quantile but by a hundredth of the requests.
        let quick = lag_share(&samples(|n| if n == 30 { 29 } else { 0 }));
        assert!(quick < 0.03, "{quick}");
        assert_eq!(lag_share(&[]), 0.0);
    }
}
