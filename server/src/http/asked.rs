//! A request before or after it is parsed: a small one is parsed where it arrives (tens of microseconds), so that its deadline is known
//! while it waits for a worker and a malformed one costs no worker at all; a large one by whoever works on it.

use std::time::Duration;

use crate::error::Problem;
use crate::http::body::{FREE, Received};
use crate::wire::{EmbeddingsAsk, EncodeAsk, MAX_DEADLINE_MS, RerankAsk, Search};

/// Is asked for by a body.
pub(crate) trait FromBody: Sized {
    fn read(received: &mut Received) -> Result<Self, Problem>;
    /// How long it may take, if it says so.
    fn deadline(&self) -> Option<Duration>;
}

/// What is asked for.
pub(crate) enum Asked<A> {
    Raw(Received),
    Parsed(A),
}

impl<A: FromBody> Asked<A> {
    pub(crate) fn of(mut received: Received) -> Result<Self, Problem> {
        match received.bytes.len() > FREE {
            true => Ok(Self::Raw(received)),
            false => A::read(&mut received).map(Self::Parsed),
        }
    }

    /// As far as it is known.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Raw(_) => None,
            Self::Parsed(ask) => ask.deadline(),
        }
    }

    /// How long its reply is waited for; who works on a large one knows its own deadline, and ends by that.
    pub(crate) fn patience(&self, default: Duration) -> Duration {
        match self {
            Self::Raw(_) => default.max(Duration::from_millis(MAX_DEADLINE_MS)),
            Self::Parsed(ask) => ask.deadline().unwrap_or(default),
        }
    }

    pub(crate) fn parsed(self) -> Result<A, Problem> {
        match self {
            Self::Raw(mut received) => A::read(&mut received),
            Self::Parsed(ask) => Ok(ask),
        }
    }
}

impl FromBody for Search {
    fn read(received: &mut Received) -> Result<Self, Problem> {
        received.parse()
    }

    fn deadline(&self) -> Option<Duration> {
        self.options.deadline
    }
}

impl FromBody for EncodeAsk {
    fn read(received: &mut Received) -> Result<Self, Problem> {
        received.parse()
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }
}

impl FromBody for EmbeddingsAsk {
    fn read(received: &mut Received) -> Result<Self, Problem> {
        Self::parse(&received.bytes)
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }
}

impl FromBody for RerankAsk {
    fn read(received: &mut Received) -> Result<Self, Problem> {
        Self::parse(&received.bytes)
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }
}
