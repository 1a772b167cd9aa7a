//! What the connections of a run share: the plan, what of it is due, and what has come of it.

use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc::UnboundedReceiver;

use super::client::Used;
use super::connection::Connection;
use super::log::Log;
use super::reply::Told;
use super::{Failure, Load, Measured, Operation, Pace, Sample};

/// Between the last preparation and the first send.
const LEAD: Duration = Duration::from_millis(20);

pub(super) struct Course {
    pub(super) load: Load,
    pub(super) plan: Vec<Duration>,
    pub(super) started: Instant,
    dues: tokio::sync::Mutex<UnboundedReceiver<usize>>,
    log: Mutex<Log>,
}

/// A request whose time has come, and that a connection has taken.
struct Turn {
    place: usize,
    intended: Instant,
    begun: Instant,
    /// Since when it was due and the connection free.
    lag: Duration,
}

impl Course {
    pub(super) fn new(load: Load, plan: Vec<Duration>, dues: UnboundedReceiver<usize>) -> Self {
        Self { load, plan, started: Instant::now() + LEAD, dues: dues.into(), log: Mutex::default() }
    }

    /// Takes one turn after the other until there is none left.
    pub(super) async fn follow(self: Arc<Self>, mut connection: Connection) {
        while let Some(turn) = self.turn().await {
            let request = self.load.requests.at(turn.place);
            let told = connection.ask(request).await;
            self.note(&turn, request.operation, told);
        }
    }

    async fn turn(&self) -> Option<Turn> {
        match self.load.pace {
            Pace::Open { .. } => self.due().await,
            Pace::Closed => self.next().await,
        }
    }

    async fn due(&self) -> Option<Turn> {
        let free = Instant::now();
        let place = self.dues.lock().await.recv().await?;
        let (intended, begun) = (self.started + self.plan[place], Instant::now());
        Some(Turn { place, intended, begun, lag: begun.saturating_duration_since(intended.max(free)) })
    }

    async fn next(&self) -> Option<Turn> {
        tokio::time::sleep_until(self.started.into()).await;
        let begun = Instant::now();
        let place = self.log().begin(self.counts(begun));
        let within = begun < self.started + self.load.whole();
        within.then_some(Turn { place, intended: begun, begun, lag: Duration::ZERO })
    }

    fn counts(&self, moment: Instant) -> bool {
        let at = moment.saturating_duration_since(self.started);
        (self.load.warmup..self.load.whole()).contains(&at)
    }

    fn note(&self, turn: &Turn, operation: Operation, told: Result<Told, Failure>) {
        if !self.counts(turn.intended) {
            return;
        }
        let mut log = self.log();
        match told {
            Ok(told) => log.samples.push(self.sample(turn, operation, &told)),
            Err(failure) => *log.failures.entry(failure).or_default() += 1,
        }
    }

    fn sample(&self, turn: &Turn, operation: Operation, told: &Told) -> Sample {
        Sample {
            operation,
            at: turn.intended.saturating_duration_since(self.started),
            latency: told.done.saturating_duration_since(turn.intended),
            service: told.done.saturating_duration_since(turn.begun),
            lag: turn.lag,
            first_token: told.first.map(|first| first.saturating_duration_since(turn.intended)),
            per_token: told.per_token(),
            verdict: told.verdict,
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests that count, as they were planned or, in a closed loop, begun.
    fn asked(&self, log: &Log) -> u64 {
        match self.load.pace {
            Pace::Open { .. } => self.plan.iter().filter(|at| **at >= self.load.warmup).count() as u64,
            Pace::Closed => log.begun,
        }
    }

    /// What has come of it, for the thread that drove it.
    pub(super) fn measured(&self, started_at: SystemTime, used: Used) -> Measured {
        let log = std::mem::take(&mut *self.log());
        let (requests, connections) = (self.asked(&log), self.load.connections.get());
        Measured {
            started: self.started,
            started_at: started_at + LEAD,
            window: self.load.duration,
            warmup: self.load.warmup,
            client: used.client(&log.samples, requests, connections),
            lost: requests.saturating_sub(log.outcomes()),
            samples: log.samples,
            failures: log.failures,
        }
    }
}
