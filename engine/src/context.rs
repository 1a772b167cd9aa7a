//! What every engine call carries: deadline, cancellation and a place for timings.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// Named stage of a call, as it appears in timings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Waiting for a free worker.
    Queue,
    /// Text to token ids.
    Tokenize,
    /// Token ids to token vectors.
    Encode,
    /// A filter to the passages that pass it.
    Filter,
    /// Query tokens against centroids.
    Probe,
    /// Postings to candidates.
    Gather,
    /// Candidates ranked by their centroid ids.
    Estimate,
    /// Candidates scored by their score codes or vectors.
    Score,
    /// Words of the query in the keyword index.
    Keywords,
    /// Text and metadata of the hits.
    Fetch,
    /// Pairs of query and passage to log-odds, by a cross-encoder.
    CrossEncode,
    /// Waiting for a generator.
    Generate,
}

impl Stage {
    /// Name on the wire and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Tokenize => "tokenize",
            Self::Encode => "encode",
            Self::Filter => "filter",
            Self::Probe => "probe",
            Self::Gather => "gather",
            Self::Estimate => "estimate",
            Self::Score => "score",
            Self::Keywords => "keywords",
            Self::Fetch => "fetch",
            Self::CrossEncode => "cross_encode",
            Self::Generate => "generate",
        }
    }
}

/// Time spent per stage, in the order in which stages first ran.
#[derive(Debug, Clone, Default)]
pub struct Timings(Vec<(Stage, Duration)>);

impl Timings {
    /// Adds time to a stage.
    pub fn add(&mut self, stage: Stage, spent: Duration) {
        match self.0.iter_mut().find(|(s, _)| *s == stage) {
            Some((_, total)) => *total += spent,
            None => self.0.push((stage, spent)),
        }
    }

    /// Stages and their time.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> + '_ {
        self.0.iter().copied()
    }

    /// Time of one stage, zero if it did not run.
    pub fn get(&self, stage: Stage) -> Duration {
        self.iter().find(|(s, _)| *s == stage).map_or(Duration::ZERO, |(_, d)| d)
    }
}

/// Deadline, cancellation and timings of one call. Cheap to make; one per call, not shared between calls.
#[derive(Debug, Default)]
pub struct Context {
    deadline: Option<Instant>,
    cancelled: Arc<AtomicBool>,
    timings: RefCell<Timings>,
}

impl Context {
    /// A context that never ends by itself.
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// A context that ends at an instant.
    pub fn until(deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..Self::default() }
    }

    /// Uses a flag that somebody else may raise.
    #[must_use]
    pub fn cancelled_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancelled = flag;
        self
    }

    /// The same call, for a part of it that has to be done by an instant.
    #[must_use]
    pub fn by(&self, deadline: Instant) -> Self {
        let earlier = self.deadline.map_or(deadline, |own| own.min(deadline));
        Self { deadline: Some(earlier), ..self.fork() }
    }

    /// Time until the deadline, if there is one.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether the call was cancelled.
    pub fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The flag that is raised when the call is cancelled.
    pub fn cancellation(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// Fails once the deadline has passed or the call was cancelled. Stages ask between units of work.
    pub fn check(&self) -> Result<()> {
        if self.cancelled() {
            return Err(Error::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Error::Deadline),
            _ => Ok(()),
        }
    }

    /// Runs a stage and notes how long it took.
    pub fn stage<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.note(stage, start.elapsed());
        result
    }

    /// Notes time spent elsewhere.
    pub fn note(&self, stage: Stage, spent: Duration) {
        self.timings.borrow_mut().add(stage, spent);
    }

    /// What was noted so far.
    pub fn timings(&self) -> Timings {
        self.timings.borrow().clone()
    }

    /// A handle for worker threads of this call: same deadline and cancellation, timings of its own.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { deadline: self.deadline, cancelled: Arc::clone(&self.cancelled), timings: RefCell::default() }
    }
}
