//! Standard input and output: requests come in, replies go out, and nothing else does. What people should know is said on
//! standard error.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::stdio;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinError;

use super::Daemon;
use super::handler::Handler;

/// Why a server ends that was not told to.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// The system gives no threads or no signals.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
    /// The client does not speak the protocol.
    #[error("the client is no MCP client: {0}")]
    Handshake(#[from] Box<ServerInitializeError>),
    /// A defect.
    #[error("the server has a defect: {0}")]
    Defect(#[from] JoinError),
}

/// Serves until the client closes standard input, or until SIGTERM or SIGINT.
pub fn serve(daemon: Daemon) -> Result<(), McpError> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(served(Arc::new(daemon)));
    // A thread may be reading standard input, and would until something comes.
    runtime.shutdown_background();
    served
}

async fn served(daemon: Arc<Daemon>) -> Result<(), McpError> {
    let signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let mut told = pin!(told(signals));
    eprintln!("maxsim mcp: MCP on standard input and output, for the daemon at {}", daemon.url());
    tokio::spawn(check(Arc::clone(&daemon)));
    let running = tokio::select! {
        running = Handler::new(daemon).serve(stdio()) => running,
        () = &mut told => return Ok(()),
    };
    let running = match running {
        // Before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        running => running.map_err(Box::new)?,
    };
    let token = running.cancellation_token();
    let mut ended = pin!(running.waiting());
    let ended = tokio::select! {
        ended = &mut ended => ended,
        () = &mut told => {
            token.cancel();
            ended.await
        }
    };
    match ended? {
        QuitReason::JoinError(error) => Err(error.into()),
        _ => Ok(()),
    }
}

/// SIGTERM or SIGINT.
async fn told([mut terminate, mut interrupt]: [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
}

/// Says at once what would keep every call from being answered.
async fn check(daemon: Arc<Daemon>) {
    let mut client = daemon.client();
    if let Err(error) = client.collections().await {
        eprintln!("maxsim mcp: {}", daemon.refusal(error));
    }
}
