//! GET /readyz: whether requests should be sent here, and if not, why.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::Instance;

#[derive(Serialize)]
pub(crate) struct Readiness {
    ready: bool,
    draining: bool,
    encoder: &'static str,
    collections: CollectionsReadiness,
}

#[derive(Serialize)]
struct CollectionsReadiness {
    mapped: bool,
    count: usize,
    /// Collections whose newest generation cannot be opened. They do not make the daemon unready: the others serve.
    failing: Vec<String>,
    /// Collections that have not yet applied what stood in their logs when the daemon started.
    replaying: Vec<String>,
}

pub(crate) async fn ready(State(instance): State<Arc<Instance>>) -> (StatusCode, Json<Readiness>) {
    let ready = instance.ready();
    let collections = CollectionsReadiness {
        mapped: instance.collections.mapped(),
        count: instance.collections.count(),
        failing: instance.collections.failing(),
        replaying: instance.recovery.replaying(&instance.writers),
    };
    let encoder = instance.encoder.state().name();
    let body = Readiness { ready, draining: instance.draining(), encoder, collections };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(body))
}
