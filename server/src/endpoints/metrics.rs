//! GET /metrics.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::Instance;
use crate::error::{Code, Problem};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Text = ([(HeaderName, &'static str); 1], String);

pub(crate) async fn metrics(State(instance): State<Arc<Instance>>) -> Result<Text, Problem> {
    instance.metrics.recalls.keep(|name| instance.collections.has(name));
    let text = instance.metrics.text().map_err(|_| Problem::new(Code::Internal, "the metrics cannot be written"))?;
    Ok(([(header::CONTENT_TYPE, OPENMETRICS)], text))
}
