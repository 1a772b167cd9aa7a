//! GET /v1/collections/{collection}/tree: the tree of one document, the one across documents, or the layers of all.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use maxsimd_engine::live::MAX_ID;
use serde::Deserialize;

use super::{collection_in, reading};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::reply::{Reply, whole};
use crate::keys::Caller;
use crate::openapi::{About, Tag};
use crate::wire::{Form, LayersBody, TreeBody};

/// Most bytes of the texts of the tree across documents.
const MOST_BYTES: usize = 32 << 20;

/// Whose tree.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    document: Option<String>,
    #[serde(default)]
    across: bool,
}

pub(crate) fn about() -> About {
    About::new("tree", Tag::Collections, "The tree of one document, the one across documents, or the layers of all")
        .collection()
        .query("document", "Id of the document whose tree is wanted.", |it| it.text(0..=MAX_ID))
        .query("across", "Whether the one across documents is wanted.", |it| it.one_of(["true", "false"]))
        .reply_either::<TreeBody, LayersBody>(200, "A tree, if one is asked for; else the layers.")
        .problems(&[Code::DocumentNotFound, Code::InvalidField, Code::Overloaded])
}

pub(crate) async fn get(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    path: Result<Path<String>, PathRejection>,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Response, Problem> {
    let name = collection_in(&instance, &caller, path)?;
    let Query(whose) = whose.map_err(|rejection| Problem::field("document", rejection.body_text()))?;
    let generation = instance.collections.generation(&name)?;
    if whose.across && whose.document.is_some() {
        return Err(Problem::field("across", "the tree across documents is no document's: either of the two"));
    }
    if whose.across {
        let missing = || Problem::field("across", "the collection has no tree across documents");
        let tree = reading(&instance, move |context| {
            form.write(&TreeBody::from(generation.tree_across(context, MOST_BYTES)?.ok_or_else(missing)?))
        });
        return Ok(whole(form, tree.await?));
    }
    let Some(id) = whose.document else {
        let layers = reading(&instance, move |context| Ok(generation.layers(context)?));
        return Ok(Reply(form, LayersBody::from(layers.await?)).into_response());
    };
    let missing = |id: &str| Problem::new(Code::DocumentNotFound, format!("no document is called {id:?}"));
    let tree =
        reading(&instance, move |_| form.write(&TreeBody::from(generation.tree(&id)?.ok_or_else(|| missing(&id))?)));
    Ok(whole(form, tree.await?))
}
