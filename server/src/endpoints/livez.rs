//! GET /livez: the process is there and its async threads turn.

use crate::http::reply::Reply;
use crate::openapi::{About, Tag};
use crate::wire::{Form, LiveBody};

pub(crate) fn about() -> About {
    About::new("live", Tag::Operations, "Whether the process runs")
        .reply::<LiveBody>(200, "It does, whatever the load.")
}

pub(crate) async fn live(form: Form) -> Reply<LiveBody> {
    Reply(form, LiveBody { live: true })
}
