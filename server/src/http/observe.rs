//! Around every request: its id, its longest time, problem bodies, `server-timing`, one log line. Never the query's text, unless
//! those of slow requests are asked for, and never a key.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maxsimd_engine::Timings;

use crate::Instance;
use crate::error::{Code, Failure, PROBLEM_JSON, Problem, speaks_openai};
use crate::http::request_id::{RequestId, X_REQUEST_ID};
use crate::keys::KeyId;
use crate::log::{Ended, Noted};
use crate::search::replies::Kept;
use crate::wire::{Form, ProblemBody, json};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// When the head of a request had been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived(pub(crate) Instant);

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

pub(crate) async fn observe(State(instance): State<Arc<Instance>>, mut request: Request, next: Next) -> Response {
    let arrived = Instant::now();
    let in_flight = instance.metrics.requests.begun();
    request.extensions_mut().insert(Arrived(arrived));
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let shape = match speaks_openai(request.uri().path()) {
        true => Shape::OpenAi,
        false => Shape::Own(Form::wanted(request.headers())),
    };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get::<Peer>().map(|Peer(peer)| tracing::field::display(*peer));
    #[cfg(feature = "otlp")]
    let traced = instance.traces.as_ref().map(|traces| traces.begin(request.headers()));

    let total = instance.limits.total_timeout;
    let mut response = tokio::time::timeout(total, next.run(request)).await.unwrap_or_else(|_| {
        Problem::new(Code::DeadlineExceeded, "the request took longer than this daemon lets any").into_response()
    });
    let route = route.as_ref().map(MatchedPath::as_str);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            instance.metrics.requests.refused(route, problem.code);
        }
        write_problem(&mut response, problem, (shape, &id));
    }
    let spent = arrived.elapsed();
    let timings = response.extensions_mut().remove::<Timings>();
    let kept = response.extensions_mut().remove::<Kept>().is_some();
    stamp(&mut response, &id, (spent, timings.as_ref(), kept));
    instance.metrics.requests.ended((&method, route), (response.status(), spent));
    #[cfg(feature = "otlp")]
    if let Some(traced) = traced {
        let (status, timings) = (response.status(), timings.as_ref());
        traced.end(&crate::otlp::Told { method: &method, route, status, id: &id, timings });
    }
    let route = route.unwrap_or("-");
    let key = response.extensions_mut().remove::<KeyId>();
    let key = key.as_ref().map(|KeyId(id)| id.as_str());
    let (status, id, timings) = (response.status().as_u16(), id.as_str(), timings.as_ref());
    let ended = Ended { method: &method, route, status, key, id, spent, timings };
    tracing::info!(%method, route, status, us = ended.us(), peer, key, id, "request");
    instance.slow.tell(&ended, response.extensions_mut().remove::<Noted>());
    in_flight.until_sent(response)
}

/// How a client reads failures.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Own(Form),
    OpenAi,
}

fn write_problem(response: &mut Response, problem: Problem, (shape, id): (Shape, &RequestId)) {
    if let Some(cause) = &problem.cause {
        tracing::error!(code = problem.code.name(), cause, id = id.as_str(), "request failed");
    }
    // Of plain values, which can always be written.
    let (kind, body) = match shape {
        Shape::OpenAi => ("application/json", json(&Failure(problem).body()).unwrap_or_default()),
        Shape::Own(form) => {
            let kind = if form == Form::Json { PROBLEM_JSON } else { form.media_type() };
            (kind, form.write(&ProblemBody::new(&problem, id.as_str())).unwrap_or_default())
        }
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

fn stamp(response: &mut Response, id: &RequestId, (spent, timings, kept): (Duration, Option<&Timings>, bool)) {
    let mut timing = format!("total;dur={:.3}", spent.as_secs_f64() * 1e3);
    if kept {
        timing.push_str(", kept");
    }
    if let Some(timings) = timings {
        for (stage, spent) in timings.iter() {
            // Writing to a String cannot fail.
            let _ = write!(timing, ", {};dur={:.3}", stage.name(), spent.as_secs_f64() * 1e3);
        }
    }
    for (name, value) in [(X_REQUEST_ID, id.as_str()), (SERVER_TIMING, &timing)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
}
