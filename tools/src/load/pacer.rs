//! A thread that says when the next request is due, more precisely than timers of an async runtime (a millisecond) can.

use std::thread;
use std::time::{Duration, Instant};

/// Threads wake up this much late, or less.
const EARLY: Duration = Duration::from_micros(100);

/// Calls `due` for each moment of a plan, when it has come.
pub(super) fn pace(started: Instant, plan: &[Duration], mut due: impl FnMut(usize)) {
    for (place, moment) in plan.iter().enumerate() {
        sleep_until(started + *moment);
        due(place);
    }
}

/// Sleeps until shortly before, and keeps its core for the rest: who gives way waits for a whole slice of another thread.
fn sleep_until(moment: Instant) {
    loop {
        let left = moment.saturating_duration_since(Instant::now());
        match left {
            Duration::ZERO => return,
            left if left > EARLY => thread::sleep(left - EARLY),
            _ => std::hint::spin_loop(),
        }
    }
}
