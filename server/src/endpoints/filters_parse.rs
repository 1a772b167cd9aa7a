//! POST /v1/filters/parse: a filter as text and as JSON, or what is wrong with it.

use std::sync::Arc;

use axum::extract::State;
use maxsimd_engine::Error;
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::filter::Filter;

use crate::Instance;
use crate::body::Received;
use crate::error::Problem;
use crate::reply::Reply;
use crate::wire::{Fields, FilterAnswer, FilterRequest, Form};

pub(crate) async fn parse(
    State(instance): State<Arc<Instance>>,
    form: Form,
    received: Received,
) -> Result<Reply<FilterAnswer>, Problem> {
    let FilterRequest { filter, fields } = received.parse()?;
    let fields = match fields {
        Fields::Given(fields) => fields,
        Fields::Of(collection) => {
            let name = CollectionName::parse(&collection).map_err(|e| Problem::field("collection", e.to_string()))?;
            instance.collections.generation(&instance.collections.resolve(&name))?.description().fields.clone()
        }
    };
    let filter = Filter::from_json(&filter, &fields).map_err(|error| Problem::from(Error::from(error)))?;
    Ok(Reply(form, FilterAnswer::new(&filter)))
}
