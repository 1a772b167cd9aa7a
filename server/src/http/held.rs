//! A reply that may be large: it takes its share of the memory for bodies until the client has taken it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use crate::bulk::Done;
use crate::error::{Code, Problem};
use crate::http::body::{BodyMemory, counted};
use crate::wire::Form;

/// What is handed over at a time, so that the share is not given back long before the last of it is gone.
const PIECE: usize = 64 * 1024;

struct Held {
    bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

/// The reply, unless too much memory is taken by others.
pub(crate) fn reply(form: Form, done: Done, memory: &BodyMemory) -> Result<Response, Problem> {
    let share = match counted(done.body.len()) {
        0 => None,
        kib => {
            let full = || Problem::new(Code::Overloaded, "too many large replies at once").retry_after(1);
            Some(memory.share(kib).ok_or_else(full)?)
        }
    };
    let kind = HeaderValue::from_static(form.media_type());
    let body = Body::new(Held { bytes: done.body.into(), _share: share });
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    response.extensions_mut().insert(done.timings);
    Ok(response)
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let length = self.bytes.len().min(PIECE);
        let piece = self.bytes.split_to(length);
        Poll::Ready((length > 0).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
