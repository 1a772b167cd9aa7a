//! A reply while it arrives: what it has to be to count, and when its parts came.

use std::time::{Duration, Instant};

use hyper::StatusCode;

use super::events::Events;
use super::judge::Verdict;
use super::{Failure, Operation, Prepared, maxsimd};

/// Bytes of a reply that are read at most: more than a thousand hits with the longest of texts have.
const MOST_BYTES: usize = 64 << 20;

/// When a reply was whole, and what is told of its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) done: Instant,
    /// When an answer began.
    pub(super) first: Option<Instant>,
    /// The last of its tokens, and how many there were.
    pub(super) tokens: Option<(Instant, u32)>,
    /// What it is worth, if its query is judged.
    pub(super) verdict: Option<Verdict>,
}

impl Told {
    /// Between two tokens, on average.
    pub(super) fn per_token(&self) -> Option<Duration> {
        let (first, (last, tokens)) = self.first.zip(self.tokens)?;
        let gaps = tokens.checked_sub(1).filter(|gaps| *gaps > 0)?;
        Some(last.saturating_duration_since(first) / gaps)
    }
}

/// A reply that is not whole yet.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    read: usize,
    kept: Kept<'a>,
}

/// What is kept of it.
#[derive(Debug)]
enum Kept<'a> {
    Failed(StatusCode),
    Whole(Vec<u8>, &'a Prepared),
    Events(Events),
}

impl<'a> Reading<'a> {
    pub(super) fn new(request: &'a Prepared, status: StatusCode) -> Self {
        let kept = match request.operation {
            _ if !status.is_success() => Kept::Failed(status),
            Operation::Answer => Kept::Events(Events::default()),
            Operation::Search | Operation::Upsert | Operation::Encode | Operation::Rerank => {
                Kept::Whole(Vec::new(), request)
            }
        };
        Self { read: 0, kept }
    }

    /// Takes what came, unless it is too much.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.read = self.read.saturating_add(bytes.len());
        if self.read > MOST_BYTES {
            return Err(Failure::TooLarge);
        }
        match &mut self.kept {
            Kept::Failed(_) => (),
            Kept::Whole(body, _) => body.extend_from_slice(bytes),
            Kept::Events(events) => events.push(bytes, Instant::now()),
        }
        Ok(())
    }

    /// Judges what has arrived whole.
    pub(super) fn finish(self, done: Instant) -> Result<Told, Failure> {
        match self.kept {
            Kept::Failed(status) => Err(Failure::Status(status.as_u16())),
            Kept::Whole(body, request) => {
                let judged = request.judge.as_ref().map(|judge| judge.verdict(request.api, &body)).transpose()?;
                let is_reply = judged.is_some() || maxsimd::is_reply(request.api.form(), request.operation, &body);
                match is_reply {
                    true => Ok(Told { done, first: None, tokens: None, verdict: judged }),
                    false => Err(Failure::Unreadable),
                }
            }
            Kept::Events(events) => Ok(Told {
                done: events.done()?,
                first: events.first,
                tokens: events.last.map(|last| (last, events.tokens)),
                verdict: None,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Method;
    use hyper::body::Bytes;

    use super::*;
    use crate::load::Api;

    #[test]
    fn a_reply_without_an_end_is_given_up() {
        for (operation, status) in [
            (Operation::Search, StatusCode::OK),
            (Operation::Answer, StatusCode::OK),
            (Operation::Search, StatusCode::BAD_GATEWAY),
        ] {
            let (method, path, body) = (Method::POST, String::new(), Bytes::new());
            let request = Prepared { operation, api: Api::Maxsimd, method, path, body, judge: None };
            let mut reading = Reading::new(&request, status);
            let piece = vec![b' '; 1 << 20];
            let taken = (0..1000).take_while(|_| reading.push(&piece) == Ok(())).count();
            assert_eq!(taken << 20, MOST_BYTES, "{operation:?} {status}");
            assert_eq!(reading.push(&piece), Err(Failure::TooLarge));
        }
    }
}
