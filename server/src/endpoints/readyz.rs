//! GET /readyz: whether requests should be sent here, and if not, why.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use maxsimd_engine::collection::CollectionName;

use crate::Instance;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, Tag};
use crate::wire::{CollectionsReadiness, Form, ReadyBody};

pub(crate) fn about() -> About {
    About::new("ready", Tag::Operations, "Whether requests should be sent here")
        .reply::<ReadyBody>(200, "They should.")
        .reply::<ReadyBody>(503, "Not yet, or not any more.")
}

pub(crate) async fn ready(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
) -> (StatusCode, Reply<ReadyBody>) {
    let ready = instance.ready();
    let failing: Vec<CollectionName> = instance.failing().into_iter().collect();
    let seen = |names: Vec<CollectionName>| {
        names.iter().filter(|name| caller.sees(name)).map(|name| name.as_str().to_owned()).collect()
    };
    let collections = CollectionsReadiness {
        mapped: instance.collections.mapped(),
        count: instance.collections.count(),
        failing: seen(failing),
        replaying: seen(instance.recovery.replaying(&instance.writers)),
    };
    let encoder = instance.encoder.state().name().to_owned();
    let body = ReadyBody { ready, draining: instance.draining(), encoder, collections };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Reply(form, body))
}
