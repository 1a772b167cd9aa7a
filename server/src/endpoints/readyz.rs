//! GET /readyz: whether requests should be sent here, and if not, why.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use maxsimd_engine::collection::CollectionName;
use serde::Serialize;

use crate::Instance;
use crate::encoder::EncoderState;
use crate::keys::Caller;
use crate::openapi::{About, Tag};
use crate::wire::schema::described;

described! {
    /// Whether requests should be sent here.
    #[derive(Serialize)]
    pub(crate) struct Readiness {
        /// Whether they should.
        ready: bool,
        /// Whether the daemon is about to stop.
        draining: bool,
        /// What is known of the encoder.
        encoder: &'static str where |it| it.one_of(EncoderState::NAMES),
        /// What is known of the collections.
        collections: CollectionsReadiness,
    }
}

described! {
    /// Whether collections can be searched.
    #[derive(Serialize)]
    struct CollectionsReadiness {
        /// Whether all that there are were looked at.
        mapped: bool,
        /// How many there are.
        count: usize,
        /// Collections whose newest generation cannot be opened. They do not make the daemon unready: the others serve.
        failing: Vec<String>,
        /// Collections that have not yet applied what stood in their logs when the daemon started.
        replaying: Vec<String>,
    }
}

pub(crate) fn about() -> About {
    About::new("ready", Tag::Operations, "Whether requests should be sent here")
        .json::<Readiness>(200, "They should.")
        .json::<Readiness>(503, "Not yet, or not any more.")
}

pub(crate) async fn ready(State(instance): State<Arc<Instance>>, caller: Caller) -> (StatusCode, Json<Readiness>) {
    let ready = instance.ready();
    let seen = |names: Vec<CollectionName>| {
        names.iter().filter(|name| caller.sees(name)).map(|name| name.as_str().to_owned()).collect()
    };
    let collections = CollectionsReadiness {
        mapped: instance.collections.mapped(),
        count: instance.collections.count(),
        failing: seen(instance.collections.failing()),
        replaying: seen(instance.recovery.replaying(&instance.writers)),
    };
    let encoder = instance.encoder.state().name();
    let body = Readiness { ready, draining: instance.draining(), encoder, collections };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(body))
}
