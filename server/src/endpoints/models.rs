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
use crate::wire::{ModelBody, ModelKind, ModelsBody, answered_by, model_name};

/// Models that are listed. More of them can be named.
const MOST: usize = 1000;

pub(crate) async fn list(State(instance): State<Arc<Instance>>) -> Json<ModelsBody> {
    let mut models = own(&instance);
    models.extend(answering(&instance));
    models.truncate(MOST);
    Json(ModelsBody::new(models))
}

pub(crate) async fn get(
    State(instance): State<Arc<Instance>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ModelBody>, Failure> {
    let missing = |detail: String| Problem::new(Code::ModelNotFound, detail).at("model");
    let Path(name) = path.map_err(|rejection| missing(rejection.body_text()))?;
    if let Some(model) = own(&instance).into_iter().find(|model| model.id == name) {
        return Ok(Json(model));
    }
    let (_, collections) = answered_by(&name)?;
    for collection in &collections {
        instance.collections.generation(&instance.collections.resolve(collection))?;
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

/// Every technique on every collection that this encoder made, and on its other names.
fn answering(instance: &Instance) -> Vec<ModelBody> {
    let Ok(encoder) = instance.encoder.get() else { return Vec::new() };
    let (id, since) = (EncoderId::of(&*encoder), since(instance));
    let serving = instance.collections.serving();
    let answers = serving.iter().filter(|generation| generation.check_encoder(&id).is_ok());
    let mut names: Vec<String> = answers.map(|generation| generation.description().name.as_str().to_owned()).collect();
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
