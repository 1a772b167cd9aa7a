//! Every route with the scope that it takes, and the layers that all of them share.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use tower_http::catch_panic::CatchPanicLayer;

use crate::endpoints::{
    aliases, answer, chat_completions, collection, collections, compact, create, docs, document, documents, embeddings,
    encode, filters_parse, livez, metrics, models, openapi, operation, playground, readyz, rerank, route, search,
    snapshot, techniques, tree, version,
};
use crate::error::{Code, Problem};
use crate::http::{compression, held, observe};
use crate::keys::KeyScope::{self, Admin, Metrics, Read, Write};
use crate::openapi::{Listed, Methods, delete, get, post, put};
use crate::{Instance, host, keys};

/// All routes.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .open("/livez", get(livez::live, livez::about))
        .route(Read, "/", get(playground::page, playground::about_page))
        .route(Read, "/playground/{file}", get(playground::file, playground::about_file))
        .route(Read, "/docs", get(docs::page, docs::about_page))
        .route(Read, "/docs/{file}", get(docs::file, docs::about_file))
        .route(Read, "/openapi.json", get(openapi::document, openapi::about))
        .route(Metrics, "/readyz", get(readyz::ready, readyz::about))
        .route(Metrics, "/metrics", get(metrics::metrics, metrics::about))
        .route(Metrics, "/version", get(version::version, version::about))
        .route(Read, "/v1/collections", get(collections::list, collections::about))
        .route(Admin, "/v1/collections", post(create::create, create::about))
        .route(Read, "/v1/collections/{collection}", get(collection::describe, collection::about))
        .route(Admin, "/v1/collections/{collection}", delete(create::drop_one, create::about_drop))
        .route(Write, "/v1/collections/{collection}/compact", post(compact::compact, compact::about))
        .route(
            Write,
            "/v1/collections/{collection}/documents",
            put(documents::upsert, documents::about_put)
                .post(documents::upsert, documents::about_post)
                .delete(documents::delete, documents::about_delete),
        )
        .route(Read, "/v1/collections/{collection}/documents/{id}", get(document::get, document::about))
        .route(Read, "/v1/collections/{collection}/search", post(search::search, search::about))
        .route(Admin, "/v1/collections/{collection}/snapshot", post(snapshot::snapshot, snapshot::about))
        .route(Read, "/v1/collections/{collection}/tree", get(tree::get, tree::about))
        .route(Read, "/v1/answer", post(answer::answer, answer::about))
        .route(Read, "/v1/route", post(route::route, route::about))
        .route(Read, "/v1/techniques", get(techniques::list, techniques::about))
        .route(Read, "/v1/chat/completions", post(chat_completions::complete, chat_completions::about))
        .route(Read, "/v1/embeddings", post(embeddings::embeddings, embeddings::about))
        .route(Read, "/v1/encode", post(encode::encode, encode::about))
        .route(Read, "/v1/rerank", post(rerank::rerank, rerank::about_v1))
        .route(Read, "/v2/rerank", post(rerank::rerank, rerank::about_v2))
        .route(Read, "/rerank", post(rerank::rerank, rerank::about_bare))
        .route(Read, "/v1/models", get(models::list, models::about_list))
        .route(Read, "/v1/models/{*model}", get(models::get, models::about_get))
        .route(Read, "/v1/aliases", get(aliases::list, aliases::about_list))
        .route(
            Admin,
            "/v1/aliases/{alias}",
            put(aliases::set, aliases::about_set).delete(aliases::remove, aliases::about_remove),
        )
        .route(Read, "/v1/operations/{id}", get(operation::get, operation::about))
        .route(Read, "/v1/filters/parse", post(filters_parse::parse, filters_parse::about))
}

pub(crate) fn router(instance: &Arc<Instance>) -> Router {
    routes()
        .router
        .fallback(async || Problem::new(Code::RouteNotFound, "PROTOCOL.md and /docs list the routes"))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "the allow header lists the methods")
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(instance), host::guard))
        .layer(from_fn(compression::compress))
        .layer(from_fn_with_state(Arc::clone(instance), held::hold))
        // What is not let through here is seen by nothing above.
        .layer(from_fn_with_state(Arc::clone(instance), keys::authenticate))
        .layer(from_fn_with_state(Arc::clone(instance), host::answer_preflight))
        .layer(from_fn_with_state(Arc::clone(instance), observe::observe))
        .with_state(Arc::clone(instance))
}

/// Routes that are asked by callers of a scope: no other way leads here but `/livez`.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Arc<Instance>>,
    /// What the OpenAPI document lists.
    pub(crate) listed: Vec<Listed>,
}

impl Routes {
    fn route(self, scope: KeyScope, path: &'static str, Methods { router, about }: Methods) -> Self {
        let router = router.route_layer(from_fn_with_state(scope, keys::require));
        self.add(Listed { scope: Some(scope), path, about }, router)
    }

    /// A route that anybody may ask.
    fn open(self, path: &'static str, Methods { router, about }: Methods) -> Self {
        self.add(Listed { scope: None, path, about }, router)
    }

    fn add(mut self, listed: Listed, methods: MethodRouter<Arc<Instance>>) -> Self {
        self.router = self.router.route(listed.path, methods);
        self.listed.push(listed);
        self
    }
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::defect().into_response()
}
