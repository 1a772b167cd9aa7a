//! The client's own part in what was measured: whether it had the time to send and to read.
//!
//! The thread that says when something is due does nothing else; if it is late, the lag says so.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// Share of the time from which on the thread that sends and reads is taken to be the bottleneck: replies that come while it
/// works wait for it, which latencies cannot tell from the server's time.
const MOST_BUSY: f64 = 0.8;
/// Sends that begin this much late are never worth refusing.
const LAG_FLOOR_MS: f64 = 1.0;
/// Part of the median latency that the lag of one send in a hundred may be.
const LAG_PART: f64 = 0.1;

/// How the client did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Share of a core that the thread used which sends and reads.
    pub cpu_share: f64,
    /// Share of the time that it could have run and had no core (0 where the system does not say).
    pub waiting_share: f64,
    /// How late a send was begun although a connection was free, but for one in a hundred.
    pub lag_p99_ms: f64,
    /// Connections that were kept.
    pub connections: usize,
}

impl Client {
    /// What shows that figures with this median would be of the client and not of the server.
    pub fn busy(&self, p50_ms: f64) -> Option<String> {
        let (share, most) = (self.cpu_share + self.waiting_share, (LAG_PART * p50_ms).max(LAG_FLOOR_MS));
        if share > MOST_BUSY {
            return Some(format!("the client worked or waited for a core {:.0} % of the time", share * 100.0));
        }
        let late = self.lag_p99_ms > most;
        late.then(|| {
            format!("one send in a hundred was begun {:.1} ms late or more, {most:.1} are allowed", self.lag_p99_ms)
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
    pub(super) fn client(self, lags: &mut [Duration], connections: usize) -> Client {
        let lag_p99_ms = p99(lags).as_secs_f64() * 1e3;
        Client { cpu_share: self.cpu, waiting_share: self.waiting, lag_p99_ms, connections }
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

fn p99(lags: &mut [Duration]) -> Duration {
    lags.sort_unstable();
    let rank = (lags.len() * 99).div_ceil(100).max(1);
    lags.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Client = Client { cpu_share: 0.2, waiting_share: 0.0, lag_p99_ms: 0.2, connections: 4 };

    #[test]
    fn a_client_with_time_to_spare_is_believed() {
        assert_eq!(IDLE.busy(5.0), None);
        assert_eq!(Client { lag_p99_ms: 1.9, ..IDLE }.busy(20.0), None);
    }

    #[test]
    fn a_busy_a_starved_and_a_late_client_are_refused() {
        for client in [
            Client { cpu_share: 0.9, ..IDLE },
            Client { waiting_share: 0.7, ..IDLE },
            Client { lag_p99_ms: 1.1, ..IDLE },
        ] {
            assert!(client.busy(5.0).is_some(), "{client:?}");
        }
    }
}
