//! One file for each route.

pub(crate) mod collection;
pub(crate) mod collections;
pub(crate) mod filters_parse;
pub(crate) mod livez;
pub(crate) mod metrics;
pub(crate) mod readyz;
pub(crate) mod search;
pub(crate) mod version;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use maxsimd_engine::collection::CollectionName;

use crate::error::{Code, Problem};

/// The collection that a path names.
fn named(path: Result<Path<String>, PathRejection>) -> Result<CollectionName, Problem> {
    let refuse = |detail: String| Problem::new(Code::InvalidName, detail).at("collection");
    let Path(name) = path.map_err(|rejection| refuse(rejection.body_text()))?;
    CollectionName::parse(&name).map_err(|error| refuse(error.to_string()))
}
