//! Starting and stopping a daemon: in the foreground until a signal, or in the background of a tool.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::misspelt;
use crate::log::log_to_stderr;
use crate::process::reload::Reloads;
use crate::process::service_manager::ServiceManager;
use crate::process::stops::{Stopper, Stops, stops};
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
    misspelt(variables()).iter().for_each(|said| tracing::warn!("{said}"));
    match run(config, |_| ()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Names of all variables of the environment.
pub(crate) fn variables() -> impl Iterator<Item = String> {
    std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned())
}

/// Serves until SIGTERM or SIGINT, and reads keys and certificate again at SIGHUP; `ready` is told the address as soon as connections are
/// accepted, the service manager as soon as requests can be answered.
pub fn run(config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
    let runtime = runtime()?;
    let (stopper, stops) = stops();
    let hangups = {
        let _inside = runtime.enter();
        let mut signalled = termination().map_err(StartError::Thread)?;
        runtime.spawn(async move {
            while signalled.next().await {
                stopper.ask();
            }
        });
        signal(SignalKind::hangup()).map_err(StartError::Thread)?
    };
    let manager = ServiceManager::of_environment();
    host(&runtime, config, ready, (stops, Some((hangups, manager))))
}

/// A daemon in the background of this process.
#[derive(Debug)]
pub struct Daemon {
    address: SocketAddr,
    stop: Option<Stopper>,
    thread: Option<JoinHandle<Result<(), StartError>>>,
}

impl Daemon {
    /// Starts a daemon and returns once it accepts connections; `/readyz` tells when it can answer searches.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let (stop, stops) = stops();
        let (tell, told) = mpsc::channel();
        let body = move || {
            let ready = move |address| {
                // The starter waits for this; if it is gone, so is the handle.
                let _ = tell.send(address);
            };
            host(&runtime()?, config, ready, (stops, None))
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
            .map(|mut signalled| runtime.block_on(signalled.next()))
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

/// Async threads only move bytes, and all others give way to them: two are plenty.
fn runtime() -> Result<Runtime, StartError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("io").enable_all().build().map_err(StartError::Thread)
}

fn host(
    runtime: &Runtime,
    config: Config,
    ready: impl FnOnce(SocketAddr),
    (stops, outside): (Stops, Option<(Signal, ServiceManager)>),
) -> Result<(), StartError> {
    let address = config.listen;
    let refused = |source| StartError::Listen { address, source };
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let instance = Arc::new(Instance::start(config, bound)?);
    let keys = instance.keys.as_ref().map_or(0, |keys| keys.count());
    tracing::info!(%bound, threads = instance.workers.threads(), keys, tls = instance.tls.is_some(), "listening");
    if keys == 0 && !bound.ip().is_loopback() {
        tracing::warn!(%bound, "whoever reaches this address may read and change everything: there are no keys");
    }
    let beside = outside.map(|(hangups, manager)| {
        let reloading = runtime.spawn(reload(hangups, instance.reloads.clone(), manager.clone()));
        (reloading, runtime.spawn(manager.follow(Arc::clone(&instance), stops.clone())))
    });
    ready(bound);
    runtime.block_on(serve(listener, instance, stops));
    if let Some((reloading, following)) = beside {
        reloading.abort();
        // It ended when the daemon was asked to stop; a panic there has said so itself.
        let _ = runtime.block_on(following);
    }
    tracing::info!("stopped");
    Ok(())
}

/// Reads files again whenever somebody asks for it. They are small.
async fn reload(mut hangups: Signal, reloads: Reloads, manager: ServiceManager) {
    while hangups.recv().await.is_some() {
        tracing::info!("reading keys and certificate again");
        let (reloads, manager) = (reloads.clone(), manager.clone());
        // A panic there has said so itself.
        let _ = tokio::task::spawn_blocking(move || manager.reloading(|| reloads.now())).await;
    }
}

/// Signals that ask for the end.
struct Termination(Signal, Signal);

fn termination() -> io::Result<Termination> {
    Ok(Termination(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
}

impl Termination {
    /// Waits for one; false if there will be none.
    async fn next(&mut self) -> bool {
        tokio::select! {
            signal = self.0.recv() => signal.is_some(),
            signal = self.1.recv() => signal.is_some(),
        }
    }
}
