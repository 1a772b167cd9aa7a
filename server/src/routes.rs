//! Every route, with the layers that all of them share.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use tower_http::catch_panic::CatchPanicLayer;

use crate::endpoints::{
    aliases, answer, chat_completions, collection, collections, compact, create, document, documents, embeddings,
    encode, filters_parse, livez, metrics, models, operation, readyz, rerank, route, search, snapshot, techniques,
    tree, version,
};
use crate::error::{Code, Problem};
use crate::{Instance, compression, host, observe};

pub(crate) fn router(instance: &Arc<Instance>) -> Router {
    Router::new()
        .route("/livez", get(livez::live))
        .route("/readyz", get(readyz::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/version", get(version::version))
        .route("/v1/collections", get(collections::list).post(create::create))
        .route("/v1/collections/{collection}", get(collection::describe).delete(create::drop_one))
        .route("/v1/collections/{collection}/compact", post(compact::compact))
        .route(
            "/v1/collections/{collection}/documents",
            put(documents::upsert).post(documents::upsert).delete(documents::delete),
        )
        .route("/v1/collections/{collection}/documents/{id}", get(document::get))
        .route("/v1/collections/{collection}/search", post(search::search))
        .route("/v1/collections/{collection}/snapshot", post(snapshot::snapshot))
        .route("/v1/collections/{collection}/tree", get(tree::get))
        .route("/v1/answer", post(answer::answer))
        .route("/v1/route", post(route::route))
        .route("/v1/techniques", get(techniques::list))
        .route("/v1/chat/completions", post(chat_completions::complete))
        .route("/v1/embeddings", post(embeddings::embeddings))
        .route("/v1/encode", post(encode::encode))
        .route("/v1/rerank", post(rerank::rerank))
        .route("/v2/rerank", post(rerank::rerank))
        .route("/rerank", post(rerank::rerank))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*model}", get(models::get))
        .route("/v1/aliases", get(aliases::list))
        .route("/v1/aliases/{alias}", put(aliases::set).delete(aliases::remove))
        .route("/v1/operations/{id}", get(operation::get))
        .route("/v1/filters/parse", post(filters_parse::parse))
        .fallback(async || Problem::new(Code::RouteNotFound, "PROTOCOL.md lists the routes"))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "the allow header lists the methods")
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(instance), host::guard))
        .layer(from_fn(compression::compress))
        .layer(from_fn(observe::observe))
        .with_state(Arc::clone(instance))
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::new(Code::Internal, "a defect of the daemon; its log has more").into_response()
}
