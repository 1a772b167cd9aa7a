//! POST /v1/collections/{collection}/snapshot: an archive of all that is acknowledged, as a stream.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Wakes, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::body::Frame;
use maxsimd_engine::Context;
use tokio::sync::mpsc;

use super::{collection_in, newest, read_place};
use crate::Instance;
use crate::error::{Code, Problem};
use crate::keys::Caller;
use crate::openapi::{About, Tag};

/// Bytes of a chunk, and chunks on their way.
const CHUNK: usize = 256 * 1024;
const CHUNKS: usize = 4;
/// Media type of snapshots.
const SNAPSHOT: &str = "application/x-maxsimd-snapshot";

pub(crate) fn about() -> About {
    About::new("snapshot", Tag::Collections, "An archive of all that is acknowledged, for `maxsim restore`")
        .collection()
        .bytes(200, SNAPSHOT, "The archive. One that could not be finished lacks its end mark.")
        .problems(&[Code::Overloaded])
}

pub(crate) async fn snapshot(
    State(instance): State<Arc<Instance>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let name = collection_in(&instance, &caller, path)?;
    let mut generation = instance.collections.generation(&name)?;
    if let Some(writer) = newest(&instance, &name).await? {
        let (acknowledged, latest) = (writer.live().acknowledged(), Instant::now() + instance.limits.deadline);
        writer.settled(acknowledged, latest).await;
        if writer.live().applied() < acknowledged {
            let detail = "changes are still being applied; try again later";
            return Err(Problem::new(Code::DeadlineExceeded, detail).retry_after(5));
        }
        generation = writer.live().generation();
    }
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let place = read_place(&instance)?;
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut out = Chunks { sender, chunk: Vec::with_capacity(CHUNK) };
        let written = generation.snapshot(&Context::unbounded(), &mut out);
        match written.and_then(|_| out.flush().map_err(maxsimd_engine::Error::io(name.as_str()))) {
            Ok(()) => {}
            // The client sees that the end is missing.
            Err(error) => {
                tracing::error!(collection = name.as_str(), %error, "a snapshot was not finished");
                let _ = out.sender.blocking_send(Err(io::Error::other("not finished")));
            }
        }
    });
    let body = Body::new(Stream(receiver).boxed());
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(SNAPSHOT))], body).into_response())
}

type Chunk = io::Result<Bytes>;

/// Writes into the stream, and waits while the client takes its time.
struct Chunks {
    sender: mpsc::Sender<Chunk>,
    chunk: Vec<u8>,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.chunk);
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.sender.blocking_send(Ok(chunk.into())).map_err(gone)
    }
}

/// The client's end.
struct Stream(mpsc::Receiver<Chunk>);

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, wakes: &mut Wakes<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(wakes).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}
