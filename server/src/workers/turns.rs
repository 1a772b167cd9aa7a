//! Whose turn it is: jobs aside get a fifth of a thread's time while others wait.

use std::time::Duration;

/// For the time of a job aside, so much more is for the queue.
const TIMES: u32 = 4;

/// What a thread owes to the queue.
#[derive(Debug, Default)]
pub(super) struct Turns {
    owed: Duration,
}

impl Turns {
    /// Whether a job aside comes before the queue.
    pub(super) fn aside_first(&self) -> bool {
        self.owed.is_zero()
    }

    /// Notes a job and what it took.
    pub(super) fn took(&mut self, aside: bool, time: Duration) {
        self.owed = match aside {
            true => self.owed.saturating_add(time * TIMES),
            false => self.owed.saturating_sub(time),
        };
    }

    /// Nobody waits, so nobody is owed anything.
    pub(super) fn idle(&mut self) {
        self.owed = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_aside_get_a_fifth_of_the_time_however_long_they_are() {
        let mut turns = Turns::default();
        let [mut queue, mut aside] = [Duration::ZERO; 2];
        for _ in 0..1000 {
            let (is_aside, time) = match turns.aside_first() {
                true => (true, Duration::from_millis(50)),
                false => (false, Duration::from_millis(3)),
            };
            turns.took(is_aside, time);
            *(if is_aside { &mut aside } else { &mut queue }) += time;
        }
        let share = aside.as_secs_f64() / (aside + queue).as_secs_f64();
        assert!((0.18..0.22).contains(&share), "{share}");
        turns.idle();
        assert!(turns.aside_first());
    }
}
