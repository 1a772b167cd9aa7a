//! The thread that starts children, one at a time, and waits for their end. A child dies with the thread that started it,
//! so this one lives as long as the generator.

use std::io;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::output::LastLines;
use super::process::{self, Address};
use super::settings::ManagedSettings;
use super::state::Shared;

/// Ports that are tried in a row, if others were faster to take them.
const PORTS: usize = 3;
/// How long to wait before the child is asked again whether it is ready: at first, and at most.
const SOON: Duration = Duration::from_millis(20);
const LATER: Duration = Duration::from_millis(500);

/// Starts a child whenever one is wanted, until none will be.
pub(super) fn watch(settings: &ManagedSettings, shared: &Shared) {
    while shared.is_wanted() {
        let reason = match serve(settings, shared) {
            Ok(reason) => reason,
            Err(error) => format!("{} cannot be started: {error}", settings.program.name()),
        };
        shared.rest(reason);
    }
}

/// How a start ended.
enum End {
    PortTaken,
    Other(String),
}

/// One start and all of its child's life; says why it ended.
fn serve(settings: &ManagedSettings, shared: &Shared) -> io::Result<String> {
    for _ in 0..PORTS {
        if let End::Other(reason) = live(settings, shared)? {
            return Ok(reason);
        }
    }
    Ok(format!("{PORTS} free ports in a row were taken by others before {} listened", settings.program.name()))
}

fn live(settings: &ManagedSettings, shared: &Shared) -> io::Result<End> {
    let address = Address::pick()?;
    let mut child = process::start(settings, &address)?;
    shared.began(&child);
    let (lines, start) = (LastLines::default(), Start::default());
    // Held until the child has ended.
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let status = std::thread::scope(|scope| {
        scope.spawn(|| stdout.map(|pipe| lines.drain(pipe)));
        scope.spawn(|| stderr.map(|pipe| lines.drain(pipe)));
        scope.spawn(|| start.see(settings, shared, &address));
        let ended = until_end(&child);
        let status = shared.bury(&mut child);
        ended.and(status)
    })?;
    drop(stdin);
    let (program, said) = (settings.program.name(), lines.told());
    Ok(match (start.done.into_inner(), start.late.into_inner()) {
        (true, _) => End::Other(format!("{program} ended ({status}); {said}")),
        (_, true) => {
            let after = settings.start_timeout.as_secs_f32();
            End::Other(format!("{program} was not ready within {after} s; {said}"))
        }
        _ if address.is_taken() => End::PortTaken,
        _ => End::Other(format!("{program} ended ({status}) before it was ready; {said}")),
    })
}

/// Sleeps until the child has ended, and leaves it to be waited for: until then nobody else gets its number.
fn until_end(child: &Child) -> io::Result<()> {
    rustix::io::retry_on_intr(|| {
        waitid(WaitId::Pid(Pid::from_child(child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    })?;
    Ok(())
}

/// How far a start has come.
#[derive(Default)]
struct Start {
    done: AtomicBool,
    late: AtomicBool,
}

impl Start {
    /// Asks the child until it is ready, has ended, or took too long.
    fn see(&self, settings: &ManagedSettings, shared: &Shared, address: &Address) {
        let (began, mut pause) = (Instant::now(), SOON);
        while shared.lives_for(pause) {
            if address.answers() {
                self.done.store(true, Ordering::Relaxed);
                tracing::info!(model = settings.name, start_ms = began.elapsed().as_millis(), "the generator is ready");
                return shared.ready(address.client(settings));
            }
            if began.elapsed() > settings.start_timeout {
                self.late.store(true, Ordering::Relaxed);
                return shared.kill();
            }
            pause = (pause * 2).min(LATER);
        }
    }
}
