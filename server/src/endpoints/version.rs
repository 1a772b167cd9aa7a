//! GET /version.

use axum::Json;
use serde::Serialize;

use crate::openapi::{About, Tag};
use crate::wire::schema::described;

described! {
    /// What runs here.
    #[derive(Serialize)]
    pub(crate) struct Version {
        /// `maxsimd`.
        name: &'static str,
        /// Its version.
        version: &'static str,
    }
}

pub(crate) fn about() -> About {
    About::new("version", Tag::Operations, "The daemon's version").json::<Version>(200, "The version.")
}

pub(crate) async fn version() -> Json<Version> {
    Json(Version { name: "maxsimd", version: env!("CARGO_PKG_VERSION") })
}
