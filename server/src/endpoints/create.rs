//! POST /v1/collections and DELETE /v1/collections/{collection}.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::live::NewCollection;
use maxsimd_engine::split::Splitting;

use super::{changing, named};
use crate::Instance;
use crate::encoder::EncoderSlot;
use crate::error::{Code, Problem};
use crate::http::body::Received;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, Tag, WRITES};
use crate::wire::{CollectionBody, CreateBody, CreateRequest, Form};

pub(crate) fn about() -> About {
    About::new("create_collection", Tag::Collections, "Creates a collection")
        .body::<CreateBody<'_>>()
        .reply::<CollectionBody>(201, "The description.")
        .problems(WRITES)
        .problems(&[Code::CollectionExists, Code::CollectionNotAllowed])
        .problems(&[Code::EncoderUnavailable, Code::EncoderMismatch])
        .problems(&[Code::CollectionUnavailable, Code::CollectionNotFound])
}

pub(crate) fn about_drop() -> About {
    About::new("drop_collection", Tag::Collections, "Drops a collection, which is named by its own name")
        .collection()
        .nothing(204, "It is gone.")
        .problems(WRITES)
        .problems(&[Code::Aliased])
}

pub(crate) async fn create(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    received: Received,
) -> Result<(StatusCode, Reply<CollectionBody>), Problem> {
    let request: CreateRequest = received.ask(Received::parse).await?;
    let name = request.name.clone();
    caller.check(&name, name.as_str())?;
    let new = new_collection(&request, &instance.encoder)?;
    let (writers, called) = (Arc::clone(&instance.writers), name.clone());
    changing(&instance, move |_| writers.create(&called, new)).await?;
    Ok((StatusCode::CREATED, Reply(form, instance.collections.describe(&name)?)))
}

pub(crate) async fn drop_one(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // Not through an alias: what is dropped is named by itself.
    let name = named(path)?;
    caller.check(&name, name.as_str())?;
    let writers = Arc::clone(&instance.writers);
    changing(&instance, move |_| writers.drop_collection(&name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn new_collection(request: &CreateRequest, slot: &EncoderSlot) -> Result<NewCollection, Problem> {
    let (encoder, width) = match (&request.encoder, request.width) {
        (name, Some(width)) => {
            (EncoderId { name: name.clone().unwrap_or_default(), fingerprint: String::new() }, width)
        }
        (name, None) => {
            let encoder = slot.get()?;
            if name.as_deref().is_some_and(|name| name != encoder.name()) {
                let detail =
                    format!("the daemon's encoder is {}; give the width for vectors from another one", encoder.name());
                return Err(Problem::new(Code::EncoderMismatch, detail).at("encoder"));
            }
            (EncoderId::of(&*encoder), encoder.width())
        }
    };
    let default = NewCollection::of(encoder, width);
    Ok(NewCollection {
        bits: request.bits.unwrap_or(default.bits),
        language: request.language,
        fields: request.fields.clone(),
        keep_vectors: request.keep_vectors,
        raptor: request.raptor,
        represent: request.represent,
        splitting: if request.split { Splitting::default() } else { Splitting::Whole },
        ..default
    })
}
