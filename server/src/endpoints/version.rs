//! GET /version.

use crate::http::reply::Reply;
use crate::openapi::{About, Tag};
use crate::wire::{Form, VersionBody};

pub(crate) fn about() -> About {
    About::new("version", Tag::Operations, "The daemon's version").reply::<VersionBody>(200, "The version.")
}

pub(crate) async fn version(form: Form) -> Reply<VersionBody> {
    Reply(form, VersionBody { name: "maxsimd".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() })
}
