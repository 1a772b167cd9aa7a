//! GET /version.

use axum::Json;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Version {
    name: &'static str,
    version: &'static str,
}

pub(crate) async fn version() -> Json<Version> {
    Json(Version { name: "maxsimd", version: env!("CARGO_PKG_VERSION") })
}
