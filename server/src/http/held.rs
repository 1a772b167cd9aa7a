//! A large reply takes its share of the memory for bodies until the client has taken it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use crate::Instance;
use crate::error::{Code, Problem};
use crate::http::body::counted;

/// What is handed over at a time, as a copy: the whole is let go with its share, though the last of it may not be sent by then.
const PIECE: usize = 64 * 1024;

/// Marks a reply that says that something was done: it is small by its own bounds, and nobody else can say so once it is lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acknowledgement;

struct Held {
    body: Body,
    /// What the body gave and the connection has not taken.
    rest: Bytes,
    _share: OwnedSemaphorePermit,
}

/// Lets a reply of known size through if there is memory for it. Streams hold next to nothing.
pub(crate) async fn hold(State(instance): State<Arc<Instance>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let bytes = response.body().size_hint().exact().unwrap_or(0);
    let kib = counted(usize::try_from(bytes).unwrap_or(usize::MAX));
    if kib == 0 || response.extensions().get::<Acknowledgement>().is_some() {
        return response;
    }
    match instance.body_memory.share(kib) {
        Some(share) => response.map(|body| Body::new(Held { body, rest: Bytes::new(), _share: share })),
        None => Problem::new(Code::Overloaded, "too many large replies at once").retry_after(1).into_response(),
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(Bytes::copy_from_slice(&self.rest.split_to(length))))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.body.size_hint().exact().unwrap_or(0);
        SizeHint::with_exact(left + self.rest.len() as u64)
    }
}
