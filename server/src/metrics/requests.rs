//! What the daemon counts of requests and connections. Labels are bounded: routes as they are written in `routes.rs`, never paths.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Response, StatusCode};
use hyper::body::{Frame, SizeHint};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::error::Code;

/// What a request without a route is counted under.
const NO_ROUTE: &str = "-";

/// Figures of requests and connections.
#[derive(Debug)]
pub(crate) struct Requests {
    answered: Family<AnsweredLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    refused: Family<RefusedLabels, Counter>,
    abandoned: Counter,
    in_flight: Gauge,
    accepted: Counter,
    connections: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnsweredLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    class: &'static str,
    code: &'static str,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            // From half a millisecond to 131 seconds.
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(500e-6, 2.0, 19))),
            refused: Family::default(),
            abandoned: Counter::default(),
            in_flight: Gauge::default(),
            accepted: Counter::default(),
            connections: Gauge::default(),
        }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        for class in ["search", "encode", "answer", "write"] {
            drop(self.refused.get_or_create(&RefusedLabels { class, code: Code::Overloaded.name() }));
        }
        let help = "Requests that got a reply, by method, route and status";
        registry.register("http_requests", help, self.answered.clone());
        let help = "Time from a request's head to the head of its reply";
        registry.register("http_request_seconds", help, self.seconds.clone());
        let help = "Requests that were refused because there was too much to do, by what they asked for and code";
        registry.register("refused_requests", help, self.refused.clone());
        let help = "Requests whose client went away before there was a reply";
        registry.register("abandoned_requests", help, self.abandoned.clone());
        let help = "Requests whose reply is not sent completely";
        registry.register("requests_in_flight", help, self.in_flight.clone());
        registry.register("accepted_connections", "Connections that were accepted", self.accepted.clone());
        registry.register("connections", "Connections that are open", self.connections.clone());
    }

    /// Counts a connection until its end.
    pub(crate) fn connected(&self) -> Open {
        self.accepted.inc();
        Open::of(&self.connections)
    }

    /// Counts a request until its reply is sent.
    pub(crate) fn begun(&self) -> InFlight {
        InFlight { _open: Open::of(&self.in_flight), abandoned: Some(self.abandoned.clone()) }
    }

    /// Counts a request whose reply has a head.
    pub(crate) fn ended(&self, (method, route): (&Method, Option<&str>), (status, spent): (StatusCode, Duration)) {
        let (method, route) = (known(method), route.unwrap_or(NO_ROUTE).to_owned());
        let labels = AnsweredLabels { method, route: route.clone(), status: status.as_u16() };
        self.answered.get_or_create(&labels).inc();
        self.seconds.get_or_create(&RouteLabels { method, route }).observe(spent.as_secs_f64());
    }

    /// Counts a request that was refused because there is too much to do.
    pub(crate) fn refused(&self, route: Option<&str>, code: Code) {
        let labels = RefusedLabels { class: class(route.unwrap_or(NO_ROUTE)), code: code.name() };
        self.refused.get_or_create(&labels).inc();
    }
}

/// Methods are words of the client's choice.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// What a route asks for: each has a queue of its own.
fn class(route: &str) -> &'static str {
    match route {
        "/v1/collections/{collection}/search" => "search",
        "/v1/encode" | "/v1/embeddings" | "/v1/rerank" | "/v2/rerank" | "/rerank" => "encode",
        "/v1/answer" | "/v1/chat/completions" | "/v1/route" => "answer",
        route if ["/v1/collections", "/v1/aliases", "/v1/operations"].iter().any(|of| route.starts_with(of)) => "write",
        _ => "other",
    }
}

/// Something that is counted while it is there.
#[derive(Debug)]
pub(crate) struct Open(Gauge);

impl Open {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct InFlight {
    _open: Open,
    /// Counts it if nobody answers it.
    abandoned: Option<Counter>,
}

impl InFlight {
    /// The reply, which ends what is counted once it is sent.
    pub(crate) fn until_sent(mut self, reply: Response<Body>) -> Response<Body> {
        self.abandoned = None;
        reply.map(|body| Body::new(Sending { body, _request: self }))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(abandoned) = &self.abandoned {
            abandoned.inc();
        }
    }
}

/// A body that knows its request.
struct Sending {
    body: Body,
    _request: InFlight,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_a_clients_invention_are_one() {
        let invented = Method::from_bytes(b"BREW").expect("a token");
        assert_eq!((known(&invented), known(&Method::PUT)), ("other", "PUT"));
    }

    #[test]
    fn a_request_is_in_flight_until_its_reply_is_gone_and_abandoned_without_one() {
        let requests = Requests::default();
        let (first, second) = (requests.begun(), requests.begun());
        let reply = first.until_sent(Response::new(Body::empty()));
        assert_eq!(requests.in_flight.get(), 2);
        drop(second);
        assert_eq!((requests.in_flight.get(), requests.abandoned.get()), (1, 1));
        drop(reply);
        assert_eq!((requests.in_flight.get(), requests.abandoned.get()), (0, 1));
    }
}
