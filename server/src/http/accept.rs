//! The accept loop: connections are limited in number, each in the time it takes over a head, and drained at the end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::config::Limits;
use crate::http::observe::Peer;
use crate::metrics::Metrics;
use crate::process::stops::Stops;
use crate::{Instance, routes};

/// Pause after an accept that failed, e.g. because there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// Serves until it is asked to stop. Then it says that it is not ready, still accepts connections for the time of the notice or until
/// it is asked again, and lets requests in flight end within the drain time.
pub async fn serve(listener: TcpListener, instance: Arc<Instance>, mut stops: Stops) {
    let limits = &instance.limits;
    let acceptor = Acceptor {
        router: routes::router(&instance),
        builder: builder(limits),
        patience: limits.header_timeout,
        write_timeout: limits.write_timeout,
        tls: instance.tls.as_ref().map(|tls| tls.acceptor()),
        graceful: GracefulShutdown::new(),
        counted: Arc::clone(&instance.metrics),
        places: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
    };
    let mut connections = JoinSet::new();
    acceptor.accept((&listener, &mut connections), stops.asked(1)).await;
    instance.start_draining();
    if !limits.drain_notice.is_zero() {
        tracing::info!(seconds = limits.drain_notice.as_secs(), "not ready from now on; still accepting");
        let noticed = async {
            // Whether time is over or nobody needs to be told any more.
            let _ = timeout(limits.drain_notice, stops.asked(2)).await;
        };
        acceptor.accept((&listener, &mut connections), noticed).await;
    }
    drop(listener);
    tracing::info!(connections = acceptor.graceful.count(), "draining");
    if timeout(limits.drain, acceptor.graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "drain time is over; closing what is left");
    }
    connections.shutdown().await;
}

/// HTTP/1.1 and nothing else: one request of a connection at a time is what makes the limit of connections one of requests.
fn builder(limits: &Limits) -> Builder {
    let mut builder = Builder::new();
    // The head's timeout is the idle timeout too: the next head is waited for from the end of the last reply.
    builder.timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_buf_size(MOST_HEAD_BYTES);
    builder
}

struct Acceptor {
    router: Router,
    builder: Builder,
    patience: Duration,
    write_timeout: Duration,
    tls: Option<TlsAcceptor>,
    graceful: GracefulShutdown,
    counted: Arc<Metrics>,
    places: Arc<Semaphore>,
}

impl Acceptor {
    /// Accepts connections until something happens.
    async fn accept(&self, (listener, connections): (&TcpListener, &mut JoinSet<()>), until: impl Future<Output = ()>) {
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = &mut until => return,
                Some(_) = connections.join_next() => {}
                // One that failed is no reason to look no more, as a pattern that does not match would be.
                next = self.next(listener) => {
                    if let Some((stream, peer, place)) = next {
                        connections.spawn(self.connection(stream, peer, place));
                    }
                }
            }
        }
    }

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

    /// One connection until its end, as TLS if there is a certificate. A handshake gets the time of a head.
    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> impl Future<Output = ()> + Send + 'static {
        // A reply is written in one go; waiting for more to send only delays it.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.write_timeout));
        let stream = Box::pin(stream);
        let tls = self.tls.clone();
        let patience = self.patience;
        let open = self.counted.requests.connected();
        let requests = Requests {
            router: self.router.clone(),
            builder: self.builder.clone(),
            peer,
            watcher: self.graceful.watcher(),
        };
        async move {
            let _held = (place, open);
            let Some(tls) = tls else { return requests.serve(stream).await };
            match timeout(patience, tls.accept(stream)).await {
                Ok(Ok(stream)) => requests.serve(stream).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
                Err(_) => tracing::debug!(%peer, "the handshake took too long"),
            }
        }
    }
}

/// What answers the requests of one connection.
struct Requests {
    router: Router,
    builder: Builder,
    peer: SocketAddr,
    watcher: Watcher,
}

impl Requests {
    /// Answers until the connection ends. A client that sends no whole head in time is cut off.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let Self { router, builder, peer, watcher } = self;
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, %error, "connection ended");
        }
    }
}
