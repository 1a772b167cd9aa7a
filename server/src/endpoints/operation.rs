//! GET /v1/operations/{id}: what became of a change.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::reading;
use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::reply::Reply;
use crate::keys::Caller;
use crate::openapi::{About, COLLECTIONS, Tag, WRITES};
use crate::wire::{Form, OperationAnswer, OperationId};

pub(crate) fn about() -> About {
    About::new("get_operation", Tag::Documents, "What became of a change")
        .path("id", "As the reply to the change calls it.", |it| it.text(1..=usize::MAX))
        .reply::<OperationAnswer>(200, "Its state.")
        .problems(WRITES)
        .problems(COLLECTIONS)
        .problems(&[Code::OperationNotFound])
}

pub(crate) async fn get(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    form: Form,
    path: Result<Path<String>, PathRejection>,
) -> Result<Reply<OperationAnswer>, Problem> {
    let missing = || Problem::new(Code::OperationNotFound, "no such operation, or one so old that it is forgotten");
    let Path(text) = path.map_err(|_| missing())?;
    let id = OperationId::parse(&text).ok_or_else(missing)?;
    caller.check(&id.collection, id.collection.as_str())?;
    let writers = Arc::clone(&instance.writers);
    let found = reading(&instance, move |_| {
        let absent = |problem: Problem| match problem.code {
            Code::CollectionNotFound => missing(),
            _ => problem,
        };
        // Its log is what knows, whether or not anybody has written since the start. Where there is none, nothing is opened for that.
        if writers.opened(&id.collection).is_none() && !writers.store().has_log(&id.collection)? {
            return Err(missing());
        }
        let writer = writers.writer(&id.collection).map_err(absent)?;
        let (state, documents) = writer.operation(id.number).ok_or_else(missing)?;
        Ok(OperationAnswer::new(&id, state, documents))
    });
    Ok(Reply(form, found.await?))
}
