//! Server-sent events: what is told on the way, then what a future ends with. A client that goes away drops both.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use serde::Serialize;
use tokio::sync::mpsc;

/// Events that wait for a slow client: more than an answer has, so that none waits for one.
const WAITING: usize = 1024;
/// How often something is sent, so that nothing on the way takes silence for the end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where events are told, from a thread that may wait.
#[derive(Debug, Clone)]
pub(crate) struct Sink(mpsc::Sender<Event>);

/// Events that were told.
pub(crate) type Events = mpsc::Receiver<Event>;

pub(crate) fn channel() -> (Sink, Events) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Sink(sender), receiver)
}

impl Sink {
    /// Tells the first event, for which there is room.
    pub(crate) fn first(&self, event: Event) {
        let _ = self.0.try_send(event);
    }

    /// Tells an event; nothing once the client is gone, which its work learns otherwise.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.0.blocking_send(event);
    }
}

/// An event with a name.
pub(crate) fn named(name: &str, data: &impl Serialize) -> Event {
    // Whoever reads line by line wants the name first.
    Event::default().event(name).data(one_line(data))
}

/// An event without one.
pub(crate) fn unnamed(data: &impl Serialize) -> Event {
    Event::default().data(one_line(data))
}

/// JSON that has one line in the eyes of every reader: some end lines where Unicode does.
fn one_line(data: &impl Serialize) -> String {
    // What is told are plain values, which can always be written; these occur within texts only.
    let written = serde_json::to_string(data).unwrap_or_default();
    match written.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        true => written.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"),
        false => written,
    }
}

/// A reply of events, and of those that a future ends with.
pub(crate) fn response(events: Events, end: impl Future<Output = Vec<Event>> + Send + 'static) -> Response {
    let told = Told { events, end: Some(Box::pin(end)), last: VecDeque::new() };
    Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

struct Told {
    events: Events,
    end: Option<Pin<Box<dyn Future<Output = Vec<Event>> + Send>>>,
    last: VecDeque<Event>,
}

impl Stream for Told {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Poll::Ready(Some(event)) = self.events.poll_recv(cx) {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(end) = &mut self.end else { return Poll::Ready(self.last.pop_front().map(Ok)) };
            match end.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                // What was told before that comes before it.
                Poll::Ready(last) => (self.end, self.last) = (None, last.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_holds_its_event_has_one_line() {
        let data = serde_json::json!({"text": "a\u{2028}b\u{2029}c\u{85}d\ne\u{b}f\u{1e}g\u{7f}"});
        let written = one_line(&data);
        assert!(!written.contains(|c: char| c < ' ' || "\u{85}\u{2028}\u{2029}".contains(c)), "{written:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).expect("JSON"), data);
    }
}
