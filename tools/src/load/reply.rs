//! A reply while it arrives: what it has to be to count, and when its parts came.

use std::time::{Duration, Instant};

use hyper::StatusCode;
use serde::de::IgnoredAny;

use super::Failure;
use super::events::Events;
use super::workload::Operation;

/// When a reply was whole, and what is told of its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) done: Instant,
    /// When an answer began.
    pub(super) first: Option<Instant>,
    /// The last of its tokens, and how many there were.
    pub(super) tokens: Option<(Instant, u32)>,
}

impl Told {
    /// Between two tokens, on average.
    pub(super) fn per_token(&self) -> Option<Duration> {
        let (first, (last, tokens)) = self.first.zip(self.tokens)?;
        let gaps = tokens.checked_sub(1).filter(|gaps| *gaps > 0)?;
        Some(last.saturating_duration_since(first) / gaps)
    }
}

/// What came of a reply.
#[derive(Debug)]
pub(super) enum Reading {
    Failed(StatusCode),
    Whole(Vec<u8>),
    Events(Events),
}

impl Reading {
    pub(super) fn new(operation: Operation, status: StatusCode) -> Self {
        match operation {
            _ if !status.is_success() => Self::Failed(status),
            Operation::Answer => Self::Events(Events::default()),
            Operation::Search | Operation::Upsert => Self::Whole(Vec::new()),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Failed(_) => (),
            Self::Whole(body) => body.extend_from_slice(bytes),
            Self::Events(events) => events.push(bytes, Instant::now()),
        }
    }

    /// Judges what has arrived whole.
    pub(super) fn finish(self, done: Instant) -> Result<Told, Failure> {
        match self {
            Self::Failed(status) => Err(Failure::Status(status.as_u16())),
            Self::Whole(body) => object(&body).map(|()| Told { done, first: None, tokens: None }),
            Self::Events(events) => Ok(Told {
                done: events.done()?,
                first: events.first,
                tokens: events.last.map(|last| (last, events.tokens)),
            }),
        }
    }
}

fn object(body: &[u8]) -> Result<(), Failure> {
    let readable = body.first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(body).is_ok();
    readable.then_some(()).ok_or(Failure::Unreadable)
}
