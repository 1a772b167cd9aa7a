//! Around every request: its id, problem bodies, `server-timing`, one log line. Never the query's text.

use std::fmt::Write;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use maxsimd_engine::Timings;

use crate::error::{PROBLEM_JSON, Problem};
use crate::request_id::{RequestId, X_REQUEST_ID};
use crate::wire::{Form, ProblemBody};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// When the head of a request had been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived(pub(crate) Instant);

pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let arrived = Instant::now();
    request.extensions_mut().insert(Arrived(arrived));
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let form = Form::wanted(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();

    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        write_problem(&mut response, &problem, (form, &id));
    }
    let spent = arrived.elapsed();
    stamp(&mut response, &id, spent);
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let us = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(%method, route, status = response.status().as_u16(), us, id = id.as_str(), "request");
    response
}

fn write_problem(response: &mut Response, problem: &Problem, (form, id): (Form, &RequestId)) {
    if let Some(cause) = &problem.cause {
        tracing::error!(code = problem.code.name(), cause, id = id.as_str(), "request failed");
    }
    // Of plain values, which can always be written.
    let body = form.write(&ProblemBody::new(problem, id.as_str())).unwrap_or_default();
    let kind = if form == Form::Json { PROBLEM_JSON } else { form.media_type() };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

fn stamp(response: &mut Response, id: &RequestId, spent: Duration) {
    let mut timing = format!("total;dur={:.3}", spent.as_secs_f64() * 1e3);
    if let Some(timings) = response.extensions_mut().remove::<Timings>() {
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
