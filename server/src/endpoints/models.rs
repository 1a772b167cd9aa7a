//! GET /v1/models: what a client of OpenAI may name as a model.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::techniques;

use crate::Instance;
use crate::encoder::EncoderState;
use crate::error::{Code, Failure, Problem};
use crate::keys::Caller;
use crate::openapi::{About, COLLECTIONS, Tag};
use crate::wire::{ModelBody, ModelKind, ModelsBody, answered_by, model_name};

/// Models that are listed. More of them can be named.
const MOST: usize = 1000;

pub(crate) fn about_list() -> About {
    About::new("list_models", Tag::OpenAi, "What may be named as a model")
        .json::<ModelsBody>(200, "Those that encode first.")
}

pub(crate) fn about_get() -> About {
    About::new("get_model", Tag::OpenAi, "One model")
        .path("model", "Its name, which may have slashes.", |it| it.text(1..=usize::MAX))
        .json::<ModelBody>(200, "The model.")
        .problems(COLLECTIONS)
        .problems(&[Code::ModelNotFound])
}

pub(crate) async fn list(State(instance): State<Arc<Instance>>, caller: Caller) -> Json<ModelsBody> {
    let mut models = own(&instance);
    models.extend(answering(&instance, &caller));
    models.truncate(MOST);
    Json(ModelsBody::new(models))
}

pub(crate) async fn get(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ModelBody>, Failure> {
    let missing = |detail: String| Problem::new(Code::ModelNotFound, detail).at("model");
    let Path(name) = path.map_err(|rejection| missing(rejection.body_text()))?;
    if let Some(model) = own(&instance).into_iter().find(|model| model.id == name) {
        return Ok(Json(model));
    }
    let (_, collections) = answered_by(&name)?;
    for collection in &collections {
        let own = instance.collections.resolve(collection);
        caller.check(&own, collection.as_str())?;
        instance.collections.generation(&own)?;
    }
    Ok(Json(ModelBody::new(name, ModelKind::Technique, since(&instance))))
}

/// The encoder and the cross-encoder.
fn own(instance: &Instance) -> Vec<ModelBody> {
    let encoder = match &*instance.encoder.state() {
        EncoderState::Ready(encoder) => Some((encoder.name().to_owned(), ModelKind::Encoder)),
        EncoderState::Loading | EncoderState::Failed | EncoderState::Absent => None,
    };
    let cross = instance.encoder.cross().map(|cross| (cross.name().to_owned(), ModelKind::CrossEncoder));
    let since = since(instance);
    encoder.into_iter().chain(cross).map(|(name, kind)| ModelBody::new(name, kind, since)).collect()
}

/// Every technique on every collection that this encoder made and the caller may know of, and on its other names.
fn answering(instance: &Instance, caller: &Caller) -> Vec<ModelBody> {
    let Ok(encoder) = instance.encoder.get() else { return Vec::new() };
    let (id, since) = (EncoderId::of(&*encoder), since(instance));
    let serving = instance.collections.serving();
    let answers = serving.iter().filter(|generation| generation.check_encoder(&id).is_ok());
    let names = answers.map(|generation| &generation.description().name).filter(|name| caller.sees(name));
    let mut names: Vec<String> = names.map(|name| name.as_str().to_owned()).collect();
    let aliases = instance.collections.aliases();
    let others = aliases.iter().filter(|(_, target)| names.iter().any(|name| name == target.as_str()));
    let others: Vec<String> = others.map(|(alias, _)| alias.as_str().to_owned()).collect();
    names.extend(others);
    let models = names.iter().flat_map(|collection| {
        techniques::names()
            .map(move |technique| ModelBody::new(model_name(technique, collection), ModelKind::Technique, since))
    });
    models.take(MOST).collect()
}

/// When the daemon started, in seconds since 1970.
fn since(instance: &Instance) -> u64 {
    instance.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
