//! Processor time: what other programs on the machine hardly change, unlike the time on the wall.

use rustix::time::{ClockId, clock_gettime};

/// Seconds that this thread has run on a processor.
pub(crate) fn thread_seconds() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

/// Seconds that all threads of this process have run on processors.
pub(crate) fn process_seconds() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
