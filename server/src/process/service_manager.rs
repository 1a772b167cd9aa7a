//! What the service manager is told, by the protocol of sd_notify(3): lines in a datagram to the socket that `NOTIFY_SOCKET` names.

use std::env;
use std::ffi::{OsStr, OsString};
use std::future::pending;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::sleep;

use crate::Instance;
use crate::encoder::EncoderState;
use crate::process::stops::Stops;

/// How often it is looked whether the daemon is ready.
const LOOK: Duration = Duration::from_millis(50);
/// Looks after which the manager is asked for patience, and how long that lasts.
const LOOKS: u32 = 100;
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest that a datagram may wait for a manager that does not read.
const SEND: Duration = Duration::from_secs(1);

/// The service manager that started this process, if one did.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServiceManager(Option<Arc<Listening>>);

#[derive(Debug)]
struct Listening {
    socket: UnixDatagram,
    /// How often it wants to hear that the process lives.
    watchdog: Option<Duration>,
    /// Whether it was told that the daemon is ready.
    ready: AtomicBool,
}

impl ServiceManager {
    /// The one that the environment names.
    pub(crate) fn of_environment() -> Self {
        let Some(name) = env::var_os("NOTIFY_SOCKET") else { return Self::default() };
        let watchdog = watchdog(env::var_os("WATCHDOG_USEC"), env::var_os("WATCHDOG_PID"), std::process::id());
        match connect(&name) {
            Ok(socket) => Self(Some(Arc::new(Listening { socket, watchdog, ready: AtomicBool::new(false) }))),
            Err(error) => {
                tracing::warn!(%error, socket = %name.to_string_lossy(), "the service manager cannot be told anything");
                Self::default()
            }
        }
    }

    /// Tells when the daemon is ready, from then on that it lives, and that it stops once it was asked to.
    pub(crate) async fn follow(self, instance: Arc<Instance>, mut stops: Stops) {
        let Some(listening) = self.0 else { return };
        tokio::select! {
            () = stops.asked(1) => {}
            () = listening.alive(&instance) => {}
        }
        listening.say("STOPPING=1\nSTATUS=stopping, once requests in flight are answered");
    }

    /// Does something that the manager knows as a reload.
    pub(crate) fn reloading(&self, reload: impl FnOnce()) {
        // A start that goes on is not interrupted by a reload.
        let listening = self.0.as_ref().filter(|listening| listening.ready.load(Ordering::Acquire));
        if let Some(listening) = listening {
            let now = clock_gettime(ClockId::Monotonic);
            let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000;
            listening.say(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
        }
        reload();
        if let Some(listening) = listening {
            listening.say("READY=1");
        }
    }
}

impl Listening {
    /// Tells when the daemon is ready, and then again and again that its async threads turn.
    async fn alive(&self, instance: &Instance) {
        let mut looks = 0;
        while !instance.ready() {
            // Logs that are replayed and models that are loaded take what they take; one that failed never comes.
            if looks % LOOKS == 0 && !matches!(*instance.encoder.state(), EncoderState::Failed) {
                self.say(&format!(
                    "EXTEND_TIMEOUT_USEC={}\nSTATUS=opening collections and encoder",
                    PATIENCE.as_micros()
                ));
            }
            looks = (looks + 1) % LOOKS;
            sleep(LOOK).await;
        }
        let (listen, count) = (instance.listen, instance.collections.count());
        self.say(&format!("READY=1\nSTATUS=serving at {listen}, {count} collections at the start"));
        self.ready.store(true, Ordering::Release);
        let Some(every) = self.watchdog else { return pending().await };
        loop {
            self.say("WATCHDOG=1");
            sleep(every).await;
        }
    }

    fn say(&self, lines: &str) {
        if let Err(error) = self.socket.send(lines.as_bytes()) {
            tracing::warn!(%error, lines, "the service manager cannot be told");
        }
    }
}

/// A socket that sends to a name: a path, or behind an `@` a name without one.
fn connect(name: &OsStr) -> io::Result<UnixDatagram> {
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(abstracted) => abstract_address(abstracted)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    socket.set_write_timeout(Some(SEND))?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Half of what the manager waits for a sign of life of this process.
fn watchdog(micros: Option<OsString>, meant: Option<OsString>, own: u32) -> Option<Duration> {
    let number = |text: OsString| text.to_str()?.parse::<u64>().ok();
    if meant.is_some_and(|meant| number(meant) != Some(own.into())) {
        return None;
    }
    number(micros?).filter(|micros| *micros > 0).map(|micros| Duration::from_micros(micros) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_life_are_given_twice_as_often_as_wanted_and_only_by_who_is_meant() {
        let text = |text: &str| Some(OsString::from(text));
        assert_eq!(watchdog(text("3000000"), text("7"), 7), Some(Duration::from_millis(1500)));
        assert_eq!(watchdog(text("3000000"), None, 7), Some(Duration::from_millis(1500)));
        assert_eq!(watchdog(text("3000000"), text("8"), 7), None);
        assert_eq!(watchdog(text("0"), None, 7), None);
        assert_eq!(watchdog(text("soon"), None, 7), None);
        assert_eq!(watchdog(None, None, 7), None);
    }

    #[test]
    fn a_name_is_a_path_or_stands_behind_an_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).expect("a socket");
        connect(path.as_os_str()).expect("connected").send(b"READY=1").expect("sent");
        let mut bytes = [0; 32];
        assert_eq!(by_path.recv(&mut bytes).expect("a datagram"), 7);
        assert!(connect(OsStr::new("/nowhere/notify")).is_err());
        #[cfg(target_os = "linux")]
        {
            let name = format!("maxsimd-test-{}", std::process::id());
            let abstracted =
                UnixDatagram::bind_addr(&abstract_address(name.as_bytes()).expect("a name")).expect("bound");
            connect(OsStr::new(&format!("@{name}"))).expect("connected").send(b"STOPPING=1").expect("sent");
            assert_eq!(abstracted.recv(&mut bytes).expect("a datagram"), 10);
        }
    }
}
