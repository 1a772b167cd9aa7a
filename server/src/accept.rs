//! The accept loop: connections are limited in number, each in the time it takes over a head, and drained at the end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::config::Limits;
use crate::{Instance, routes};

/// Pause after an accept that failed, e.g. because there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const MOST_HEAD_BYTES: usize = 64 * 1024;
const H2_STREAMS: u32 = 128;

/// Serves until `shutdown` is ready, then lets requests in flight end within the drain time.
pub async fn serve(listener: TcpListener, instance: Arc<Instance>, shutdown: impl Future<Output = ()>) {
    let limits = &instance.limits;
    let acceptor = Acceptor {
        router: routes::router(&instance),
        builder: builder(limits),
        patience: limits.header_timeout,
        write_timeout: limits.write_timeout,
        graceful: GracefulShutdown::new(),
        places: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
    };
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            Some((stream, peer, place)) = acceptor.next(&listener) => {
                connections.spawn(acceptor.connection(stream, peer, place));
            }
        }
    }
    drop(listener);
    instance.start_draining();
    tracing::info!(connections = acceptor.graceful.count(), "draining");
    if timeout(limits.drain, acceptor.graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "drain time is over; closing what is left");
    }
    connections.shutdown().await;
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The head's timeout is the idle timeout too: the next head is waited for from the end of the last reply.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_buf_size(MOST_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(H2_STREAMS)
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout);
    builder
}

struct Acceptor {
    router: Router,
    builder: Builder<TokioExecutor>,
    patience: Duration,
    write_timeout: Duration,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
}

impl Acceptor {
    /// The next connection, once there is a place for it. None if accepting failed.
    async fn next(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => Some((stream, peer, place)),
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }

    /// One connection until its end. A client that sends no whole head in time is cut off, also before the protocol
    /// version is known, which hyper's own timeout does not cover.
    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> impl Future<Output = ()> + Send + 'static {
        // A reply is written in one go; waiting for more to send only delays it.
        let _ = stream.set_nodelay(true);
        let began = Arc::new(AtomicBool::new(false));
        let (router, head) = (self.router.clone(), Arc::clone(&began));
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            head.store(true, Ordering::Relaxed);
            router.clone().oneshot(request)
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.write_timeout));
        let connection = self.builder.serve_connection(TokioIo::new(Box::pin(stream)), service).into_owned();
        let connection = self.graceful.watch(connection);
        let patience = self.patience;
        async move {
            let _place = place;
            tokio::pin!(connection);
            let result = tokio::select! {
                result = &mut connection => result,
                () = sleep(patience) => {
                    if !began.load(Ordering::Relaxed) {
                        return;
                    }
                    connection.await
                }
            };
            if let Err(error) = result {
                tracing::debug!(%peer, error, "connection ended");
            }
        }
    }
}
