//! GET /livez: the process is there and its async threads turn.

use axum::Json;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Live {
    live: bool,
}

pub(crate) async fn live() -> Json<Live> {
    Json(Live { live: true })
}
