//! GET /v1/aliases, PUT and DELETE /v1/aliases/{alias}: other names of collections, swapped from one moment to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use maxsimd_engine::collection::CollectionName;
use serde::Serialize;

use super::{blocking, named};
use crate::error::{Code, Problem};
use crate::wire::AliasRequest;
use crate::{Instance, body};

#[derive(Serialize)]
pub(crate) struct AliasesBody {
    /// Aliases and the collections that they stand for.
    aliases: BTreeMap<CollectionName, CollectionName>,
}

#[derive(Serialize)]
pub(crate) struct AliasBody {
    alias: CollectionName,
    collection: CollectionName,
}

pub(crate) async fn list(State(instance): State<Arc<Instance>>) -> Json<AliasesBody> {
    Json(AliasesBody { aliases: BTreeMap::clone(&instance.collections.aliases()) })
}

pub(crate) async fn set(
    State(instance): State<Arc<Instance>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AliasBody>, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let alias = named(path)?;
    let AliasRequest { collection } = AliasRequest::parse(&received.bytes)?;
    let writers = Arc::clone(&instance.writers);
    let set = blocking(&instance.writers.places, move || {
        writers.change_aliases(|store| store.set_alias(&alias, &collection))?;
        Ok(AliasBody { alias, collection })
    });
    set.await.map(Json)
}

pub(crate) async fn remove(
    State(instance): State<Arc<Instance>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let alias = named(path)?;
    let writers = Arc::clone(&instance.writers);
    let missing = format!("there is no alias {}", alias.as_str());
    match blocking(&instance.writers.places, move || writers.change_aliases(|store| store.remove_alias(&alias))).await?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::new(Code::AliasNotFound, missing)),
    }
}
