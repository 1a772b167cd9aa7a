//! GET /v1/collections/{collection}.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::collection_in;
use crate::Instance;
use crate::error::Problem;
use crate::wire::CollectionBody;

pub(crate) async fn describe(
    State(instance): State<Arc<Instance>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<CollectionBody>, Problem> {
    Ok(Json(instance.collections.describe(&collection_in(&instance, path)?)?))
}
