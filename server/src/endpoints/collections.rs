//! GET /v1/collections.

use std::sync::Arc;

use axum::extract::State;

use crate::Instance;
use crate::reply::Reply;
use crate::wire::{CollectionsBody, Form};

pub(crate) async fn list(State(instance): State<Arc<Instance>>, form: Form) -> Reply<CollectionsBody> {
    Reply(form, CollectionsBody { collections: instance.collections.describe_all() })
}
