//! GET /v1/collections.

use std::sync::Arc;

use axum::extract::State;

use crate::Instance;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, Tag};
use crate::wire::{CollectionsBody, Form};

pub(crate) fn about() -> About {
    About::new("list_collections", Tag::Collections, "Describes all collections")
        .reply::<CollectionsBody>(200, "Those that the caller may know of, by name.")
}

pub(crate) async fn list(State(instance): State<Arc<Instance>>, caller: Caller, form: Form) -> Reply<CollectionsBody> {
    Reply(form, CollectionsBody { collections: instance.collections.describe_all(|name| caller.sees(name)) })
}
