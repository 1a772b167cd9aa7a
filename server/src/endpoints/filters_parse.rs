//! POST /v1/filters/parse: a filter as text and as JSON, or what is wrong with it.

use std::sync::Arc;

use axum::extract::State;
use maxsimd_engine::Error;
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::filter::Filter;

use crate::Instance;
use crate::error::Problem;
use crate::http::body::Received;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, COLLECTIONS, Tag};
use crate::wire::{Fields, FilterAnswer, FilterBody, FilterRequest, Form};

pub(crate) fn about() -> About {
    About::new("parse_filter", Tag::Search, "A filter as text and as JSON, or what is wrong with it")
        .body::<FilterBody<'_>>()
        .reply::<FilterAnswer>(200, "Both of its forms.")
        .problems(COLLECTIONS)
}

pub(crate) async fn parse(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    received: Received,
) -> Result<Reply<FilterAnswer>, Problem> {
    let FilterRequest { filter, fields } = received.ask(Received::parse).await?;
    let fields = match fields {
        Fields::Given(fields) => fields,
        Fields::Of(collection) => {
            let name = CollectionName::parse(&collection).map_err(|e| Problem::field("collection", e.to_string()))?;
            let own = instance.collections.resolve(&name);
            caller.check(&own, name.as_str()).map_err(|problem| problem.at("collection"))?;
            instance.collections.generation(&own)?.description().fields.clone()
        }
    };
    let filter = Filter::from_json(&filter, &fields).map_err(|error| Problem::from(Error::from(error)))?;
    Ok(Reply(form, FilterAnswer::new(&filter)))
}
