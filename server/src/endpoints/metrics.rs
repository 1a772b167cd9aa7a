//! GET /metrics.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::Instance;
use crate::error::{Code, Problem};
use crate::keys::Caller;
use crate::metrics::Moment;
use crate::openapi::{About, Tag};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Text = ([(HeaderName, &'static str); 1], String);

pub(crate) fn about() -> About {
    About::new("metrics", Tag::Operations, "What the daemon counts")
        .bytes(200, OPENMETRICS, "Figures in the OpenMetrics text format.")
        .problems(&[Code::CollectionNotAllowed])
}

pub(crate) async fn metrics(State(instance): State<Arc<Instance>>, caller: Caller) -> Result<Text, Problem> {
    // Names of collections are in it.
    caller.check_all()?;
    instance.metrics.recalls.keep(|name| instance.collections.has(name));
    let text = tokio::task::spawn_blocking(move || instance.metrics.text(Moment::of(&instance))).await;
    let text = text.ok().and_then(Result::ok);
    let text = text.ok_or_else(|| Problem::new(Code::Internal, "the metrics cannot be written"))?;
    Ok(([(header::CONTENT_TYPE, OPENMETRICS)], text))
}
