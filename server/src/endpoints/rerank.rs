//! POST /v1/rerank, /v2/rerank and /rerank: documents ranked for a query.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::error::Problem;
use crate::http::body;
use crate::http::observe::Arrived;
use crate::http::request_id::RequestId;
use crate::openapi::{About, ENCODES, Tag};
use crate::wire::{Form, RerankAsk, RerankBody, RerankReply, json};
use crate::{Instance, bulk};

fn about(id: &'static str) -> About {
    About::new(
        id,
        Tag::Search,
        "Documents ranked for a query, as clients of Cohere, Jina and text-embeddings-inference ask for it",
    )
    .json_body::<RerankBody>()
    .json::<RerankReply>(200, "The documents with their scores, best first.")
    .problems(ENCODES)
}

pub(crate) fn about_v1() -> About {
    about("rerank")
}

pub(crate) fn about_v2() -> About {
    about("rerank_v2")
}

pub(crate) fn about_bare() -> About {
    about("rerank_bare")
}

pub(crate) async fn rerank(
    State(instance): State<Arc<Instance>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let received = body::read(&headers, body, &instance.limits, &instance.body_memory).await?;
    let rank = move |models: &_, context: &_, ask| json(&bulk::rank(models, context, id.as_str(), ask)?);
    let done = instance.bulk.run::<RerankAsk>((received, arrived), rank).await?;
    Ok(done.reply(Form::Json))
}
