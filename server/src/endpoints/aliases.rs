//! GET /v1/aliases, PUT and DELETE /v1/aliases/{alias}: other names of collections, swapped from one moment to the next.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use maxsimd_engine::collection::CollectionName;

use super::{blocking, named};
use crate::Instance;
use crate::body::Received;
use crate::error::{Code, Problem};
use crate::reply::Reply;
use crate::wire::{AliasBody, AliasRequest, AliasesBody, Form, Free};

pub(crate) async fn list(State(instance): State<Arc<Instance>>, form: Form) -> Reply<AliasesBody> {
    let all = instance.collections.aliases();
    let named = |(alias, collection): (&CollectionName, &CollectionName)| {
        (alias.as_str().to_owned(), collection.as_str().to_owned())
    };
    Reply(form, AliasesBody { aliases: Free(all.iter().map(named).collect()) })
}

pub(crate) async fn set(
    State(instance): State<Arc<Instance>>,
    path: Result<Path<String>, PathRejection>,
    form: Form,
    received: Received,
) -> Result<Reply<AliasBody>, Problem> {
    let alias = named(path)?;
    let AliasRequest { collection } = received.parse()?;
    let writers = Arc::clone(&instance.writers);
    let set = blocking(&instance.writers.places, move || {
        writers.change_aliases(|store| store.set_alias(&alias, &collection))?;
        Ok(AliasBody { alias: alias.as_str().to_owned(), collection: collection.as_str().to_owned() })
    });
    Ok(Reply(form, set.await?))
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
