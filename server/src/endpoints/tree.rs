//! GET /v1/collections/{collection}/tree: the tree of one document, the one across documents, or the layers of all.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use maxsimd_engine::Context;
use serde::Deserialize;

use super::{blocking, collection_in};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::reply::Reply;
use crate::wire::{Form, LayersBody, TreeBody};

/// Whose tree.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    document: Option<String>,
    #[serde(default)]
    across: bool,
}

pub(crate) async fn get(
    State(instance): State<Arc<Instance>>,
    form: Form,
    path: Result<Path<String>, PathRejection>,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Response, Problem> {
    let name = collection_in(&instance, path)?;
    let Query(whose) = whose.map_err(|rejection| Problem::field("document", rejection.body_text()))?;
    let generation = instance.collections.generation(&name)?;
    if whose.across && whose.document.is_some() {
        return Err(Problem::field("across", "the tree across documents is no document's: either of the two"));
    }
    if whose.across {
        let tree = blocking(&instance.writers.places, move || Ok(generation.tree_across(&Context::unbounded())?));
        let missing = || Problem::field("across", "the collection has no tree across documents");
        return Ok(Reply(form, TreeBody::from(tree.await?.ok_or_else(missing)?)).into_response());
    }
    let Some(id) = whose.document else {
        let layers = blocking(&instance.writers.places, move || Ok(generation.layers(&Context::unbounded())?));
        return Ok(Reply(form, LayersBody::from(layers.await?)).into_response());
    };
    let tree = blocking(&instance.writers.places, move || {
        let missing = || Problem::new(Code::DocumentNotFound, format!("no document is called {id:?}"));
        generation.tree(&id)?.ok_or_else(missing)
    });
    Ok(Reply(form, TreeBody::from(tree.await?)).into_response())
}
