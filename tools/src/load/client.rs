//! The client's own part in what was measured: whether it had the time to send and to read.
//!
//! The thread that says when something is due does nothing else; if it is late, the lag says so.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::Distribution;
use crate::measure::percentile;

/// Share of the time from which on the thread that sends and reads is taken to be the bottleneck: replies that come while it
/// works wait for it, which latencies cannot tell from the server's time.
const MOST_BUSY: f64 = 0.8;
/// Lags up to this are never worth refusing.
const LAG_FLOOR_MS: f64 = 1.0;
/// Part of a quantile of the latencies that the same quantile of the lags may be: latencies hold the lags, so that no
/// figure that is reported is more than about a tenth the client's own.
const LAG_PART: f64 = 0.1;

/// How the client did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Share of a core that the thread used which sends and reads.
    pub cpu_share: f64,
    /// Share of the time that it could have run and had no core (0 where the system does not say).
    pub waiting_share: f64,
    /// How late a send was begun although a connection was free: the median.
    pub lag_p50_ms: f64,
    /// The same for one in a hundred.
    pub lag_p99_ms: f64,
    /// Connections that were kept.
    pub connections: usize,
}

impl Client {
    /// What shows that figures with these latencies would be of the client and not of the server.
    pub fn busy(&self, latency: &Distribution) -> Option<String> {
        let share = self.cpu_share + self.waiting_share;
        if share > MOST_BUSY {
            return Some(format!("the client worked or waited for a core {:.0} % of the time", share * 100.0));
        }
        let late = [
            ("half of all sends were", self.lag_p50_ms, latency.p50),
            ("one send in a hundred was", self.lag_p99_ms, latency.p99),
        ];
        late.into_iter().find_map(|(which, lag, latency)| {
            let most = (LAG_PART * latency).max(LAG_FLOOR_MS);
            (lag > most).then(|| format!("{which} begun {lag:.1} ms late or more, {most:.1} are allowed"))
        })
    }
}

/// What the calling thread had used when this was made.
#[derive(Debug)]
pub(super) struct Usage {
    began: Instant,
    cpu: Duration,
    waiting: Duration,
}

impl Usage {
    pub(super) fn now() -> Self {
        Self { began: Instant::now(), cpu: cpu_time(), waiting: waiting_time() }
    }

    pub(super) fn until_now(&self) -> Used {
        let wall = self.began.elapsed().as_secs_f64();
        let share = |now: Duration, before| now.saturating_sub(before).as_secs_f64() / wall;
        Used { cpu: share(cpu_time(), self.cpu), waiting: share(waiting_time(), self.waiting) }
    }
}

/// Shares of a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    cpu: f64,
    waiting: f64,
}

impl Used {
    /// The client that used this, and began so late.
    pub(super) fn client(self, lags: &[Duration], connections: usize) -> Client {
        let (lag_p50_ms, lag_p99_ms) = (percentile(lags, 50), percentile(lags, 99));
        Client { cpu_share: self.cpu, waiting_share: self.waiting, lag_p50_ms, lag_p99_ms, connections }
    }
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

    const IDLE: Client =
        Client { cpu_share: 0.2, waiting_share: 0.0, lag_p50_ms: 0.1, lag_p99_ms: 0.2, connections: 4 };

    fn latency(p50: f64, p99: f64) -> Distribution {
        Distribution { p50, p99, ..Distribution::default() }
    }

    #[test]
    fn a_client_with_time_to_spare_is_believed() {
        assert_eq!(IDLE.busy(&latency(0.5, 0.6)), None);
        assert_eq!(Client { lag_p50_ms: 1.9, lag_p99_ms: 3.9, ..IDLE }.busy(&latency(20.0, 40.0)), None);
    }

    #[test]
    fn a_busy_a_starved_and_a_late_client_are_refused() {
        for client in [
            Client { cpu_share: 0.9, ..IDLE },
            Client { waiting_share: 0.7, ..IDLE },
            Client { lag_p50_ms: 1.1, lag_p99_ms: 1.1, ..IDLE },
            Client { lag_p99_ms: 2.1, ..IDLE },
        ] {
            assert!(client.busy(&latency(5.0, 20.0)).is_some(), "{client:?}");
        }
    }
}
