//! Bytes in and out: connections, what is around every request, bodies and replies.
//!
//! `accept` has the connections, `observe` is around each request, `body` reads what it sends (`compression` undone), `asked` parses that now or on
//! a worker; `reply`, `sse` (streams) and `page` (files for browsers) are what goes back, `held` while it is large.

pub(crate) mod accept;
pub(crate) mod asked;
pub(crate) mod body;
pub(crate) mod compression;
pub(crate) mod held;
pub(crate) mod observe;
pub(crate) mod page;
pub(crate) mod reply;
pub(crate) mod request_id;
pub(crate) mod sse;
