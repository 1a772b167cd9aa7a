//! GET /v1/techniques: what there is, what may be set of it, and what it needs.

use crate::reply::Reply;
use crate::wire::{Form, TechniquesBody};

pub(crate) async fn list(form: Form) -> Reply<TechniquesBody> {
    Reply(form, TechniquesBody::all())
}
