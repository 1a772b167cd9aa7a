//! Starting and stopping a daemon: in the foreground until a signal, or in the background of a tool.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::log::log_to_stderr;
use crate::{Config, Flags, Instance, serve};

/// Why a daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("data folder: {0}")]
    Data(#[from] maxsimd_engine::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no threads or no signals.
    #[error("cannot start threads: {0}")]
    Thread(io::Error),
}

/// What `maxsimd` and `maxsim serve` do: log, check the flags, serve. Exits 2 for flags that make no sense.
pub fn main(flags: Flags) -> ExitCode {
    // Nothing, unless it was compiled with fail points.
    let _scenario = fail::FailScenario::setup();
    let config = match log_to_stderr(&flags.log).and_then(|()| flags.into_config()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match run(config, |_| ()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Serves until SIGTERM or SIGINT; `ready` is told the address as soon as connections are accepted.
pub fn run(config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
    let runtime = runtime()?;
    let signalled = {
        let _inside = runtime.enter();
        termination().map_err(StartError::Thread)?
    };
    host(&runtime, config, ready, signalled)
}

/// A daemon in the background of this process.
#[derive(Debug)]
pub struct Daemon {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), StartError>>>,
}

impl Daemon {
    /// Starts a daemon and returns once it accepts connections; `/readyz` tells when it can answer searches.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let body = move || {
            let shutdown = async move {
                // An error means that the handle is gone, which ends the daemon as well.
                let _ = stopped.await;
            };
            let ready = move |address| {
                // The starter waits for this; if it is gone, so is the handle.
                let _ = tell.send(address);
            };
            host(&runtime()?, config, ready, shutdown)
        };
        let thread = std::thread::Builder::new().name("maxsimd".into()).spawn(body).map_err(StartError::Thread)?;
        match told.recv() {
            Ok(address) => Ok(Self { address, stop: Some(stop), thread: Some(thread) }),
            Err(_) => Err(ended(thread).err().unwrap_or_else(|| StartError::Thread(io::Error::other("ended at once")))),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drains and ends it. Dropping does the same.
    pub fn stop(mut self) -> Result<(), StartError> {
        self.end()
    }

    /// Serves on until SIGTERM or SIGINT, then drains and ends.
    pub fn wait(self) -> Result<(), StartError> {
        let runtime = runtime()?;
        runtime
            .block_on(async { termination() })
            .map(|signalled| runtime.block_on(signalled))
            .map_err(StartError::Thread)?;
        self.stop()
    }

    fn end(&mut self) -> Result<(), StartError> {
        drop(self.stop.take());
        self.thread.take().map_or(Ok(()), ended)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Nobody is left to be told why it ended badly; its log says so.
        let _ = self.end();
    }
}

fn ended(thread: JoinHandle<Result<(), StartError>>) -> Result<(), StartError> {
    thread.join().unwrap_or_else(|_| Err(StartError::Thread(io::Error::other("the daemon's thread panicked"))))
}

/// Async threads only move bytes: two are plenty beside the workers.
fn runtime() -> Result<Runtime, StartError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("io").enable_all().build().map_err(StartError::Thread)
}

fn host(
    runtime: &Runtime,
    config: Config,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let address = config.listen;
    let refused = |source| StartError::Listen { address, source };
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let instance = Arc::new(Instance::start(config, bound)?);
    tracing::info!(%bound, threads = instance.workers.threads(), "listening");
    ready(bound);
    runtime.block_on(serve(listener, instance, shutdown));
    tracing::info!("stopped");
    Ok(())
}

fn termination() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
