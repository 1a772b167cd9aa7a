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
    // What is told are plain values, which can always be written.
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
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
