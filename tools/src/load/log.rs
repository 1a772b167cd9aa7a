//! What a run saw: kept as it was until the run is over, so that the client does little while it measures.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use super::{Client, Failure, Operation, Verdict};

/// One request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// What it was for.
    pub operation: Operation,
    /// When it was meant to be sent, from the start of the run on.
    pub at: Duration,
    /// From then until its reply was whole.
    pub latency: Duration,
    /// From when it was really sent until then.
    pub service: Duration,
    /// Part of the latency in which a connection was free and the client did not send.
    pub lag: Duration,
    /// From when it was meant to be sent until an answer began.
    pub first_token: Option<Duration>,
    /// Between two tokens of an answer, on average.
    pub per_token: Option<Duration>,
    /// What it was worth, if its query is judged.
    pub verdict: Option<Verdict>,
}

/// A run, after its warm-up.
#[derive(Debug)]
pub struct Measured {
    /// When its plan began.
    pub started: Instant,
    /// The same by the clock on the wall.
    pub started_at: SystemTime,
    /// How long it was.
    pub window: Duration,
    /// When it began, from the start of the plan on.
    pub warmup: Duration,
    /// Requests that were answered.
    pub samples: Vec<Sample>,
    /// Requests that were not, by class.
    pub failures: BTreeMap<Failure, u64>,
    /// Requests that had no outcome when the time to wait for them was over.
    pub lost: u64,
    /// How the client itself did.
    pub client: Client,
}

impl Measured {
    /// Number of requests that were meant to be sent.
    pub fn requests(&self) -> u64 {
        self.samples.len() as u64 + self.failures.values().sum::<u64>() + self.lost
    }

    /// Answered requests a second, until the last of them was whole.
    pub fn achieved(&self) -> f64 {
        self.samples.len() as f64 / self.span().as_secs_f64()
    }

    /// From the end of the warm-up until the last reply was whole, and at least as long as was asked for.
    pub fn span(&self) -> Duration {
        let last = self.samples.iter().map(|sample| sample.at + sample.latency).max().unwrap_or_default();
        last.saturating_sub(self.warmup).max(self.window)
    }
}

/// What connections write while a run goes on.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) samples: Vec<Sample>,
    pub(super) failures: BTreeMap<Failure, u64>,
    /// Requests of a closed loop that were sent and count.
    pub(super) begun: u64,
    /// Those that were sent at all.
    places: usize,
}

impl Log {
    /// The place of the next request of a closed loop.
    pub(super) fn begin(&mut self, counts: bool) -> usize {
        self.begun += u64::from(counts);
        self.places += 1;
        self.places - 1
    }

    /// Requests of which is known what became of them.
    pub(super) fn outcomes(&self) -> u64 {
        self.samples.len() as u64 + self.failures.values().sum::<u64>()
    }
}
