//! GET /v1/aliases, PUT and DELETE /v1/aliases/{alias}: other names of collections, swapped from one moment to the next.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use maxsimd_engine::collection::CollectionName;

use super::{changing, named};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::body::Received;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, Tag, WRITES};
use crate::wire::schema::COLLECTION_NAME;
use crate::wire::{AliasBody, AliasRequest, AliasSetBody, AliasesBody, Form, Free};

pub(crate) fn about_list() -> About {
    About::new("list_aliases", Tag::Collections, "Other names of collections")
        .reply::<AliasesBody>(200, "Those of collections that the caller may know of.")
}

pub(crate) fn about_set() -> About {
    about("set_alias", "Lets an alias stand for a collection, from one moment to the next")
        .body::<AliasSetBody<'_>>()
        .reply::<AliasBody>(200, "The alias.")
        .problems(&[Code::CollectionNotFound, Code::CollectionExists])
}

pub(crate) fn about_remove() -> About {
    about("remove_alias", "Removes an alias").nothing(204, "It is gone.").problems(&[Code::AliasNotFound])
}

fn about(id: &'static str, what: &'static str) -> About {
    About::new(id, Tag::Collections, what)
        .path("alias", "The alias, a name like that of a collection.", |it| it.pattern(COLLECTION_NAME))
        .problems(WRITES)
        .problems(&[Code::InvalidName, Code::CollectionNotAllowed])
}

pub(crate) async fn list(State(instance): State<Arc<Instance>>, caller: Caller, form: Form) -> Reply<AliasesBody> {
    let all = instance.collections.aliases();
    let named = |(alias, collection): (&CollectionName, &CollectionName)| {
        (alias.as_str().to_owned(), collection.as_str().to_owned())
    };
    let seen = all.iter().filter(|(_, collection)| caller.sees(collection));
    Reply(form, AliasesBody { aliases: Free(seen.map(named).collect()) })
}

pub(crate) async fn set(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    form: Form,
    received: Received,
) -> Result<Reply<AliasBody>, Problem> {
    let alias = named(path)?;
    // A name that the caller's own collections do not have: others may ask by it.
    caller.check(&alias, alias.as_str())?;
    let AliasRequest { collection } = received.ask(Received::parse).await?;
    caller.check(&collection, collection.as_str())?;
    let writers = Arc::clone(&instance.writers);
    let set = changing(&instance, move |_| {
        writers.change_aliases(|store| store.set_alias(&alias, &collection))?;
        Ok(AliasBody { alias: alias.as_str().to_owned(), collection: collection.as_str().to_owned() })
    });
    Ok(Reply(form, set.await?))
}

pub(crate) async fn remove(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let alias = named(path)?;
    caller.check(&alias, alias.as_str())?;
    let writers = Arc::clone(&instance.writers);
    let missing = format!("there is no alias {}", alias.as_str());
    match changing(&instance, move |_| writers.change_aliases(|store| store.remove_alias(&alias))).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::new(Code::AliasNotFound, missing)),
    }
}
