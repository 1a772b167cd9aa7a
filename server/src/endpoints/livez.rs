//! GET /livez: the process is there and its async threads turn.

use axum::Json;
use serde::Serialize;

use crate::openapi::{About, Tag};
use crate::wire::schema::described;

described! {
    /// That the process runs.
    #[derive(Serialize)]
    pub(crate) struct Live {
        /// True.
        live: bool,
    }
}

pub(crate) fn about() -> About {
    About::new("live", Tag::Operations, "Whether the process runs").json::<Live>(200, "It does, whatever the load.")
}

pub(crate) async fn live() -> Json<Live> {
    Json(Live { live: true })
}
