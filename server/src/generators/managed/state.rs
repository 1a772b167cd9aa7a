//! What calls and the watch tell each other: whether a child is wanted, starts, is ready, or rests after it ended.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::generate::GeneratorError;
use maxsimd_engine::generate::openai::OpenAi;
use rustix::process::{Pid, Signal, kill_process_group};

/// How often a call that waits for the child looks whether anybody waits for the call.
const LOOK: Duration = Duration::from_millis(20);
/// How long a child that is told to end may take.
const GRACE: Duration = Duration::from_secs(2);
/// The longest rest between two starts.
const MOST_REST: Duration = Duration::from_secs(30);

/// What there is of the child.
#[derive(Debug, Default)]
enum Phase {
    #[default]
    Idle,
    Wanted,
    Starting,
    Ready(Arc<OpenAi>),
    Resting {
        until: Instant,
        reason: String,
    },
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// The child, until it was waited for: so long its number is nobody else's.
    child: Option<Pid>,
    /// How many starts have ended.
    ends: u64,
    /// How many of them in a row answered nothing.
    failures: u32,
    /// When something came from it last.
    heard: Option<Instant>,
    /// Whether this one answered.
    answered: bool,
    closing: bool,
}

/// The state, and a bell for its changes.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// For calls.
impl Shared {
    /// Wants a child, unless there is one or a failed one rests.
    pub(super) fn want(&self) {
        let mut state = self.lock();
        let rested = match &state.phase {
            Phase::Idle => true,
            Phase::Resting { until, .. } => *until <= Instant::now(),
            Phase::Wanted | Phase::Starting | Phase::Ready(_) => false,
        };
        if rested {
            state.phase = Phase::Wanted;
            self.changed.notify_all();
        }
    }

    /// Waits, within a context, for a child that is ready; whoever waited for one that failed does not wait for another.
    pub(super) fn client(&self, context: &Context) -> Result<Arc<OpenAi>, GeneratorError> {
        let before = self.lock().ends;
        self.want();
        let mut state = self.lock();
        loop {
            match &state.phase {
                Phase::Ready(client) => return Ok(Arc::clone(client)),
                Phase::Resting { until, reason } => return Err(resting(*until, reason)),
                // Another call wants the next one already.
                _ if state.ends != before => {
                    return Err(GeneratorError::Unreachable { reason: "it ended while it started".to_owned() });
                }
                Phase::Idle | Phase::Wanted | Phase::Starting => {}
            }
            let nap = match context.remaining() {
                _ if context.cancelled() => return Err(GeneratorError::Cancelled),
                Some(Duration::ZERO) => return Err(GeneratorError::Deadline),
                Some(remaining) => remaining.min(LOOK),
                None => LOOK,
            };
            state = self.wait(state, nap);
        }
    }

    /// Whether a client's child is the one that is ready.
    pub(super) fn is_current(&self, client: &Arc<OpenAi>) -> bool {
        matches!(&self.lock().phase, Phase::Ready(current) if Arc::ptr_eq(current, client))
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.lock().phase, Phase::Ready(_))
    }

    /// Something came from the child.
    pub(super) fn heard(&self) {
        self.lock().heard = Some(Instant::now());
    }

    /// The child is worth starting again at once.
    pub(super) fn answered(&self) {
        let mut state = self.lock();
        state.heard = Some(Instant::now());
        state.answered = true;
    }

    /// Ends the child, kindly at first, and lets no other start.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closing = true;
        self.changed.notify_all();
        signal(&state, Signal::TERM);
        let gone = self.changed.wait_timeout_while(state, GRACE, |state| state.child.is_some());
        let (state, _) = gone.unwrap_or_else(PoisonError::into_inner);
        signal(&state, Signal::KILL);
    }
}

/// For the watch.
impl Shared {
    /// Waits until a child is wanted; false once none ever will be.
    pub(super) fn is_wanted(&self) -> bool {
        let mut state = self.lock();
        while !state.closing && !matches!(state.phase, Phase::Wanted) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closing {
            state.phase = Phase::Starting;
            state.answered = false;
        }
        !state.closing
    }

    /// There is a child.
    pub(super) fn began(&self, child: &Child) {
        let mut state = self.lock();
        state.child = Some(Pid::from_child(child));
        if state.closing {
            signal(&state, Signal::KILL);
        }
    }

    /// The child has loaded its model.
    pub(super) fn ready(&self, client: OpenAi) {
        let mut state = self.lock();
        if state.child.is_some() {
            state.phase = Phase::Ready(Arc::new(client));
            self.changed.notify_all();
        }
    }

    /// Waits for a time; whether there still is a child then.
    pub(super) fn lives_for(&self, time: Duration) -> bool {
        let gone = self.changed.wait_timeout_while(self.lock(), time, |state| state.child.is_some());
        gone.unwrap_or_else(PoisonError::into_inner).0.child.is_some()
    }

    /// Ends the child at once.
    pub(super) fn kill(&self) {
        signal(&self.lock(), Signal::KILL);
    }

    /// The same, unless something came from it within a time.
    pub(super) fn kill_silent(&self, after: Duration) {
        let state = self.lock();
        if state.heard.is_none_or(|heard| heard.elapsed() >= after) {
            signal(&state, Signal::KILL);
        }
    }

    /// Takes leave of a child that has ended, and of all that it started.
    pub(super) fn bury(&self, child: &mut Child) -> io::Result<ExitStatus> {
        let mut state = self.lock();
        signal(&state, Signal::KILL);
        let status = child.wait();
        state.child = None;
        // Nobody may call on it any more.
        state.phase = Phase::Starting;
        self.changed.notify_all();
        status
    }

    /// The next child has to wait, the longer the more of them have answered nothing.
    pub(super) fn rest(&self, reason: String) {
        let mut state = self.lock();
        state.failures = if state.answered { 1 } else { state.failures.saturating_add(1) };
        state.ends += 1;
        let pause = rest_after(state.failures);
        if !state.closing {
            tracing::warn!(%reason, pause_s = pause.as_secs(), "the generator ended");
        }
        state.phase = Phase::Resting { until: Instant::now() + pause, reason };
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Tells the child and all that it started.
fn signal(state: &State, signal: Signal) {
    if let Some(child) = state.child {
        // It may have ended by itself.
        let _ = kill_process_group(child, signal);
    }
}

/// 0, 1, 2, 4 ... 30 seconds.
fn rest_after(failures: u32) -> Duration {
    let seconds = failures.checked_sub(2).map_or(0, |doubled| 1_u64.checked_shl(doubled).unwrap_or(u64::MAX));
    Duration::from_secs(seconds).min(MOST_REST)
}

fn resting(until: Instant, reason: &str) -> GeneratorError {
    let left = until.saturating_duration_since(Instant::now()).as_secs_f32().ceil();
    let again = if left > 0.0 { format!("; it is started again in {left} s") } else { String::new() };
    GeneratorError::Unreachable { reason: format!("{reason}{again}") }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_from_which_something_came_is_not_killed_for_its_silence() {
        let mut child = Command::new("sleep").arg("3600").process_group(0).spawn().expect("it starts");
        let shared = Shared::default();
        shared.began(&child);
        shared.heard();
        shared.kill_silent(Duration::from_secs(3600));
        assert_eq!(child.try_wait().expect("asked"), None);
        shared.kill_silent(Duration::ZERO);
        assert_eq!(shared.bury(&mut child).expect("it ends").signal(), Some(Signal::KILL.as_raw()));
    }

    #[test]
    fn the_first_start_after_an_end_is_at_once_and_later_ones_wait_up_to_half_a_minute() {
        let rests = [1, 2, 3, 4, 5, 6, 7, 8, 40, 70, u32::MAX].map(|failures| rest_after(failures).as_secs());
        assert_eq!(rests, [0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    }
}
