//! GET /v1/techniques: what there is, what may be set of it, and what it needs.

use crate::http::reply::Reply;
use crate::openapi::{About, Tag};
use crate::wire::{Form, TechniquesBody};

pub(crate) fn about() -> About {
    About::new("list_techniques", Tag::Answers, "All techniques: what each does, may be told and needs")
        .reply::<TechniquesBody>(200, "In the order of the course.")
}

pub(crate) async fn list(form: Form) -> Reply<TechniquesBody> {
    Reply(form, TechniquesBody::all())
}
