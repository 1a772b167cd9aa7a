//! GET /v1/techniques: what there is, what may be set of it, and what it needs.

use axum::Json;
use maxsimd_engine::techniques::{self, Described};
use serde_json::{Value, json};

pub(crate) async fn list() -> Json<Value> {
    let all: Vec<Described> = techniques::all().collect();
    Json(json!({"techniques": all, "auto": techniques::Technique::default().name()}))
}
