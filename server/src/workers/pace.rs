//! How long what comes now would wait, and whether it may.
//!
//! A burst may fill the queue: it is done soon. If more comes than can be done, however, a queue that is always full only makes everybody wait as
//! long as it is. So once a queue has run over, nobody waits in it longer than [`SHORT`], until none was refused for [`CALM`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longest wait while more comes than can be done.
const SHORT: Duration = Duration::from_millis(8);
/// How long nobody has to be refused until the whole queue may fill again.
const CALM: Duration = Duration::from_secs(1);
/// Jobs that the mean cost is of, about.
const MEMORY: u64 = 32;

/// What jobs cost lately, and until when the queue is to be short.
#[derive(Debug)]
pub(super) struct Pace {
    started: Instant,
    /// Mean nanoseconds of a thread for a job; 0 before the first.
    cost: AtomicU64,
    /// Nanoseconds from the start.
    short_until: AtomicU64,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), cost: AtomicU64::new(0), short_until: AtomicU64::new(0) }
    }

    /// Counts a job that took so much of a thread. Two at once may lose one of them, which the mean survives.
    pub(super) fn note(&self, cost: Duration) {
        let cost = nanos(cost);
        let mean = match self.cost.load(Ordering::Relaxed) {
            0 => cost,
            mean => mean - mean / MEMORY + cost / MEMORY,
        };
        self.cost.store(mean.max(1), Ordering::Relaxed);
    }

    /// Whether a job may wait behind others that wait for one of `threads`, to be begun by an instant. There is always room for as many as there are threads, so
    /// that none runs out of work between two jobs.
    pub(super) fn admits(&self, (waiting, threads): (usize, usize), latest: Option<Instant>, now: Instant) -> bool {
        if waiting < threads {
            return true;
        }
        let wait = self.wait(waiting, threads);
        let short = nanos(now.saturating_duration_since(self.started)) < self.short_until.load(Ordering::Relaxed);
        if short && wait > SHORT {
            self.ran_over(now);
            return false;
        }
        latest.is_none_or(|latest| now + wait <= latest)
    }

    /// Notes that somebody found no room.
    pub(super) fn ran_over(&self, now: Instant) {
        let until = nanos(now.saturating_duration_since(self.started) + CALM);
        self.short_until.fetch_max(until, Ordering::Relaxed);
    }

    /// Time until a thread is free for one more, about.
    fn wait(&self, waiting: usize, threads: usize) -> Duration {
        let ahead = u64::try_from(waiting + 1).unwrap_or(u64::MAX);
        let threads = u64::try_from(threads).unwrap_or(u64::MAX).max(1);
        Duration::from_nanos(self.cost.load(Ordering::Relaxed).saturating_mul(ahead) / threads)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(cost: Duration) -> Pace {
        let pace = Pace::new();
        (0..8 * MEMORY).for_each(|_| pace.note(cost));
        pace
    }

    #[test]
    fn a_burst_may_wait_until_the_queue_has_run_over() {
        let (pace, now) = (pace(Duration::from_millis(4)), Instant::now());
        assert!(pace.admits((100, 2), None, now));
        pace.ran_over(now);
        // Two threads, four milliseconds: behind three others it waits eight, behind five it would wait twelve.
        assert!(pace.admits((3, 2), None, now));
        assert!(!pace.admits((5, 2), None, now));
        let before = now + CALM / 2;
        assert!(!pace.admits((5, 2), None, before), "and this refusal begins another second");
        assert!(!pace.admits((5, 2), None, now + CALM));
        assert!(pace.admits((100, 2), None, now + CALM * 2));
    }

    #[test]
    fn there_is_room_for_one_job_of_each_thread_however_long_they_take() {
        let (pace, now) = (pace(Duration::from_secs(1)), Instant::now());
        pace.ran_over(now);
        assert!(pace.admits((0, 2), Some(now), now) && pace.admits((1, 2), Some(now), now));
        assert!(!pace.admits((2, 2), Some(now), now) && !pace.admits((2, 2), None, now));
    }

    #[test]
    fn whoever_could_not_be_begun_in_time_is_not_let_in() {
        let (pace, now) = (pace(Duration::from_millis(4)), Instant::now());
        let within = |ms| Some(now + Duration::from_millis(ms));
        assert!(pace.admits((99, 2), within(300), now));
        assert!(!pace.admits((99, 2), within(100), now));
        assert!(pace.admits((99, 2), None, now), "that is no sign that the queue has run over");
    }

    #[test]
    fn the_mean_follows_what_jobs_cost() {
        let pace = pace(Duration::from_millis(100));
        (0..8 * MEMORY).for_each(|_| pace.note(Duration::from_millis(1)));
        assert!(pace.wait(0, 1) < Duration::from_millis(2), "{:?}", pace.wait(0, 1));
        assert_eq!(Pace::new().wait(1000, 1), Duration::ZERO, "nothing is known before the first");
    }
}
