//! POST /v1/collections/{collection}/compact: merges all small segments, purges what is deleted, and mends the tree across
//! documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maxsimd_engine::Context;

use super::{blocking, collection_in};
use crate::Instance;
use crate::error::Problem;
use crate::wire::CollectionBody;

pub(crate) async fn compact(
    State(instance): State<Arc<Instance>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<CollectionBody>, Problem> {
    let name = collection_in(&instance, path)?;
    instance.collections.generation(&name)?;
    let (writers, called) = (Arc::clone(&instance.writers), name.clone());
    let compacted = blocking(&instance.writers.places, move || {
        let writer = writers.writer(&called)?;
        let context = Context::unbounded();
        writer.live().compact_all(&context)?;
        writer.mend(&context)?;
        writer.show(&context);
        Ok(())
    });
    compacted.await?;
    Ok(Json(instance.collections.describe(&name)?))
}
