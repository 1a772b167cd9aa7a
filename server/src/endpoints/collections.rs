//! GET /v1/collections.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Instance;
use crate::wire::CollectionsBody;

pub(crate) async fn list(State(instance): State<Arc<Instance>>) -> Json<CollectionsBody> {
    Json(CollectionsBody { collections: instance.collections.describe_all() })
}
