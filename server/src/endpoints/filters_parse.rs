//! POST /v1/filters/parse: a filter as text and as JSON, or what is wrong with it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use maxsimd_engine::Error;
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::filter::Filter;

use crate::error::Problem;
use crate::wire::{Fields, FilterAnswer, FilterRequest};
use crate::{Instance, body};

pub(crate) async fn parse(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<FilterAnswer>, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let FilterRequest { filter, fields } = FilterRequest::parse(&received.bytes)?;
    let fields = match fields {
        Fields::Given(fields) => fields,
        Fields::Of(collection) => {
            let name = CollectionName::parse(&collection).map_err(|e| Problem::field("collection", e.to_string()))?;
            instance.collections.generation(&instance.collections.resolve(&name))?.description().fields.clone()
        }
    };
    let filter = Filter::from_json(&filter, &fields).map_err(|error| Problem::from(Error::from(error)))?;
    Ok(Json(FilterAnswer::new(&filter)))
}
