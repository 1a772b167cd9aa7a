//! GET /v1/collections/{collection}/documents/{id}: the newest acknowledged version, whether or not searches see it.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use maxsimd_engine::live::MAX_ID;

use super::{collection_in, newest, reading};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::reply::whole;
use crate::keys::Caller;
use crate::openapi::{About, Tag};
use crate::wire::{DocumentAnswer, Form};

pub(crate) fn about() -> About {
    About::new("get_document", Tag::Documents, "A document as it was acknowledged last, whether or not searches see it")
        .collection()
        .path("id", "Id of the document.", |it| it.text(1..=MAX_ID))
        .reply::<DocumentAnswer>(200, "The document.")
        .problems(&[Code::DocumentNotFound, Code::Overloaded])
}

pub(crate) async fn get(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let (collection, id) = match path {
        Ok(Path((collection, id))) => (Ok(Path(collection)), id),
        Err(rejection) => (Err(rejection), String::new()),
    };
    let name = collection_in(&instance, &caller, collection)?;
    let generation = instance.collections.generation(&name)?;
    let writer = newest(&instance, &name).await?;
    let found = reading(&instance, move |_| {
        let found = match writer {
            Some(writer) => writer.live().document(&id),
            None => generation.stored_document(&id),
        };
        let missing = || Problem::new(Code::DocumentNotFound, format!("no document is called {id:?}"));
        form.write(&DocumentAnswer::from(found?.ok_or_else(missing)?))
    });
    Ok(whole(form, found.await?))
}
