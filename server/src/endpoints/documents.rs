//! PUT, POST and DELETE /v1/collections/{collection}/documents: durable before the reply.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::live::{Change, MAX_KEY, OperationState, Receipt};
use serde::Deserialize;

use super::{changing, collection_in};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::body::Received;
use crate::http::held::Acknowledgement;
use crate::http::observe::Arrived;
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, Tag, WRITES};
use crate::wire::{ChangeAnswer, DeleteBody, DeleteRequest, Form, OperationId, UpsertBody, UpsertRequest};
use crate::writers::{Writer, Writers};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What a client waits for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    wait: Option<Wait>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wait {
    /// Until the change is durable.
    Durable,
    /// Until searches see it.
    Searchable,
}

impl Wait {
    const NAMES: [&str; 2] = ["durable", "searchable"];
}

/// What the request was made into.
struct Submitted {
    writer: Arc<Writer>,
    receipt: Receipt,
    made: Vec<String>,
}

type Parts = (Caller, Result<Path<String>, PathRejection>, Result<Query<Wish>, QueryRejection>, HeaderMap, Form);

fn about(id: &'static str, what: &'static str) -> About {
    About::new(id, Tag::Documents, what)
        .collection()
        .query("wait", "What the reply waits for, at most 30 s.", |it| it.one_of(Wait::NAMES))
        .header(&IDEMPOTENCY_KEY, "Makes the request safe to repeat.", |it| {
            it.text(1..=MAX_KEY).pattern("^[!-~]([\t -~]*[!-~])?$")
        })
        .reply::<ChangeAnswer>(200, "It is durable, and searches see it.")
        .reply::<ChangeAnswer>(202, "It is durable, and will be searchable.")
        .problems(WRITES)
        .problems(&[Code::KeyReused, Code::OperationFailed, Code::WidthMismatch])
        .problems(&[Code::EncoderUnavailable, Code::EncoderMismatch])
}

pub(crate) fn about_put() -> About {
    about("put_documents", "Adds documents, or replaces those of the same id").body::<UpsertBody<'_>>()
}

pub(crate) fn about_post() -> About {
    about("post_documents", "The same as PUT").body::<UpsertBody<'_>>()
}

pub(crate) fn about_delete() -> About {
    about("delete_documents", "Deletes documents by id or by filter").body::<DeleteBody<'_>>()
}

pub(crate) async fn upsert(
    State(instance): State<Arc<Instance>>,
    Extension(arrived): Extension<Arrived>,
    parts: Parts,
    received: Received,
) -> Result<Response, Problem> {
    let parse = |received: &mut Received| received.parse().map(|UpsertRequest { change, made }| (change, made));
    change(instance, arrived, parts, received, parse).await
}

pub(crate) async fn delete(
    State(instance): State<Arc<Instance>>,
    Extension(arrived): Extension<Arrived>,
    parts: Parts,
    received: Received,
) -> Result<Response, Problem> {
    let parse = |received: &mut Received| received.parse().map(|DeleteRequest(change)| (change, Vec::new()));
    change(instance, arrived, parts, received, parse).await
}

async fn change(
    instance: Arc<Instance>,
    Arrived(arrived): Arrived,
    (caller, path, query, headers, form): Parts,
    mut received: Received,
    parse: impl FnOnce(&mut Received) -> Result<(Change, Vec<String>), Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let name = collection_in(&instance, &caller, path)?;
    let Query(wish) = query.map_err(|rejection| Problem::field("wait", rejection.body_text()))?;
    let key = key(&headers)?;
    instance.collections.generation(&name)?;
    let writers = Arc::clone(&instance.writers);
    let submitted = changing(&instance, move |_| {
        // Before it costs more: a flood of changes is refused for next to nothing. One with a key may have been taken before.
        if let (None, Some(writer)) = (&key, writers.opened(&name)) {
            writer.live().room()?;
        }
        let (change, made) = parse(&mut received)?;
        submit(&writers, &name, change, key.as_deref()).map(|(writer, receipt)| Submitted { writer, receipt, made })
    });
    let Submitted { writer, receipt, made } = submitted.await?;
    let id = OperationId { collection: writer.live().name().clone(), number: receipt.operation };
    let mut answer =
        ChangeAnswer { accepted: receipt.documents, operation: id.to_string(), generation: None, ids: made };
    let acknowledged = |status, answer| (status, Extension(Acknowledgement), Reply(form, answer)).into_response();
    if wish.wait != Some(Wait::Searchable) {
        return Ok(acknowledged(StatusCode::ACCEPTED, answer));
    }
    match writer.settled(receipt.operation, arrived + instance.limits.deadline).await {
        Some(OperationState::Done) => {
            answer.generation = Some(writer.live().generation().description().generation);
            Ok(acknowledged(StatusCode::OK, answer))
        }
        Some(OperationState::Failed { reason }) => {
            Err(Problem::new(Code::OperationFailed, format!("operation {id} was given up: {reason}")))
        }
        _ => Ok(acknowledged(StatusCode::ACCEPTED, answer)),
    }
}

fn submit(
    writers: &Writers,
    name: &CollectionName,
    change: Change,
    key: Option<&str>,
) -> Result<(Arc<Writer>, Receipt), Problem> {
    let writer = writers.writer(name)?;
    let receipt = writer.submit(change, key)?;
    Ok((writer, receipt))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::field("idempotency-key", "not visible ASCII"))?;
    Ok(Some(text.to_owned()))
}
