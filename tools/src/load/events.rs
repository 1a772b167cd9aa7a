//! The events of an answer that streams, and when they came.

use std::time::Instant;

use serde_json::Value;

use super::Failure;

/// Events read so far.
#[derive(Debug, Default)]
pub(super) struct Events {
    unread: Vec<u8>,
    name: String,
    /// When the first token came, or without a generator the first citation.
    pub(super) first: Option<Instant>,
    /// When the last token came.
    pub(super) last: Option<Instant>,
    /// Number of tokens.
    pub(super) tokens: u32,
    end: Option<Result<Instant, Failure>>,
}

impl Events {
    /// Takes what came.
    pub(super) fn push(&mut self, bytes: &[u8], now: Instant) {
        self.unread.extend_from_slice(bytes);
        while let Some(length) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=length).collect();
            self.line(String::from_utf8_lossy(&line).trim_end(), now);
        }
    }

    fn line(&mut self, line: &str, now: Instant) {
        match line.split_once(':') {
            Some(("event", name)) => name.trim_start().clone_into(&mut self.name),
            Some(("data", data)) => self.event(data, now),
            _ => (),
        }
    }

    fn event(&mut self, data: &str, now: Instant) {
        match self.name.as_str() {
            "token" => self.token(now),
            "citation" => _ = self.first.get_or_insert(now),
            "done" => self.end = Some(Ok(now)),
            "error" => self.end = Some(Err(status(data))),
            _ => (),
        }
    }

    fn token(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.tokens += 1;
    }

    /// When the answer was whole.
    pub(super) fn done(&self) -> Result<Instant, Failure> {
        self.end.unwrap_or(Err(Failure::Unreadable))
    }
}

/// An error has the status that it would have had without a stream.
fn status(data: &str) -> Failure {
    let problem: Value = serde_json::from_str(data).unwrap_or_default();
    let status = problem["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    status.map_or(Failure::Unreadable, Failure::Status)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn tokens_are_timed_however_the_stream_is_cut() {
        let stream = b"event: stage\ndata: {}\n\n: comment\n\nevent: token\ndata: {}\n\nevent: token\ndata: {}\n\nevent: done\ndata: {}\n\n";
        let began = Instant::now();
        for size in [1, 7, stream.len()] {
            let mut events = Events::default();
            for (at, piece) in (0..).zip(stream.chunks(size)) {
                events.push(piece, began + Duration::from_millis(at));
            }
            assert_eq!(events.tokens, 2, "{size}");
            assert!(events.first <= events.last && events.last <= events.done().ok());
        }
    }

    #[test]
    fn the_first_citation_counts_where_nothing_is_generated() {
        let (mut events, now) = (Events::default(), Instant::now());
        events.push(b"event: citation\ndata: {}\n\n", now);
        assert_eq!((events.first, events.tokens, events.done()), (Some(now), 0, Err(Failure::Unreadable)));
    }

    #[test]
    fn an_error_on_the_way_is_the_status_that_it_says() {
        let mut events = Events::default();
        events.push(b"event: error\ndata: {\"status\":504}\n\n", Instant::now());
        assert_eq!(events.done(), Err(Failure::Status(504)));
    }
}
