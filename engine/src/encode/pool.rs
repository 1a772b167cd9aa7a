//! A bounded set of things that one thread at a time may use, such as ONNX sessions.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Context, Error, Result};

/// How often a waiting call asks whether it was cancelled.
const PATIENCE: Duration = Duration::from_millis(5);

/// Hands out its members, first come first served: a text that is searched for waits for a batch of those that are encoded by the
/// thousand, not for all of them.
#[derive(Debug)]
pub(super) struct Pool<T> {
    members: Vec<Mutex<T>>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// Indexes of free members; who took an index is the only one to lock that member.
    free: Vec<usize>,
    /// Numbers of those who wait, in the order in which they came.
    waiting: VecDeque<u64>,
    next: u64,
}

/// Most sessions of one encoder.
const MAX_SESSIONS: usize = 256;

impl<T> Pool<T> {
    /// As many sessions as are asked for, 1 to 256, but not more than `most`; each is made with its number.
    pub(super) fn of(sessions: usize, most: usize, make: impl FnMut(usize) -> Result<T>) -> Result<Self> {
        if !(1..=MAX_SESSIONS).contains(&sessions) {
            return Err(Error::invalid("sessions", format!("{sessions} is not within 1 and {MAX_SESSIONS}")));
        }
        Ok(Self::new((0..sessions.min(most)).map(make).collect::<Result<_>>()?))
    }

    fn new(members: Vec<T>) -> Self {
        let free = (0..members.len()).rev().collect();
        let queue = Mutex::new(Queue { free, ..Queue::default() });
        Self { members: members.into_iter().map(Mutex::new).collect(), queue, changed: Condvar::new() }
    }

    pub(super) fn size(&self) -> usize {
        self.members.len()
    }

    /// Waits for a free member, but not longer than the context lasts.
    pub(super) fn acquire(&self, context: &Context) -> Result<Lease<'_, T>> {
        let mut queue = self.queue();
        let place = queue.next;
        queue.next += 1;
        queue.waiting.push_back(place);
        loop {
            if let Err(error) = context.check() {
                queue.waiting.retain(|other| *other != place);
                self.changed.notify_all();
                return Err(error);
            }
            if queue.waiting.front() == Some(&place)
                && let Some(index) = queue.free.pop()
            {
                queue.waiting.pop_front();
                // There may be another one for whoever comes next.
                self.changed.notify_all();
                drop(queue);
                let member = self.members[index].lock().unwrap_or_else(PoisonError::into_inner);
                return Ok(Lease { member, index, pool: (&self.queue, &self.changed) });
            }
            queue = self.changed.wait_timeout(queue, PATIENCE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A member in use; goes back when dropped, also while panicking.
#[derive(Debug)]
pub(super) struct Lease<'a, T> {
    pub(super) member: MutexGuard<'a, T>,
    index: usize,
    pool: (&'a Mutex<Queue>, &'a Condvar),
}

impl<T> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        let (queue, changed) = self.pool;
        queue.lock().unwrap_or_else(PoisonError::into_inner).free.push(self.index);
        changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Instant;

    use super::*;

    #[test]
    fn no_member_is_used_twice_at_a_time_and_all_come_back() {
        let pool = Pool::new(vec![0_u64, 0]);
        let in_use = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let mut lease = pool.acquire(&Context::unbounded()).unwrap();
                        assert!(in_use.fetch_add(1, Ordering::SeqCst) < 2);
                        *lease.member += 1;
                        in_use.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let (a, b) = (pool.acquire(&Context::unbounded()).unwrap(), pool.acquire(&Context::unbounded()).unwrap());
        assert_eq!(*a.member + *b.member, 1600);
    }

    #[test]
    fn who_came_first_is_served_first_also_before_one_who_comes_again() {
        let pool = Pool::new(vec![Vec::new()]);
        let taken = pool.acquire(&Context::unbounded()).unwrap();
        std::thread::scope(|scope| {
            for number in 0..10 {
                let pool = &pool;
                scope.spawn(move || pool.acquire(&Context::unbounded()).unwrap().member.push(number));
                while pool.queue().waiting.len() <= number {
                    std::thread::yield_now();
                }
            }
            drop(taken);
            assert_eq!(*pool.acquire(&Context::unbounded()).unwrap().member, (0..10).collect::<Vec<_>>());
        });
    }

    #[test]
    fn who_gives_up_holds_up_nobody() {
        let pool = Pool::new(vec![()]);
        let taken = pool.acquire(&Context::unbounded()).unwrap();
        std::thread::scope(|scope| {
            let gives_up = Arc::new(AtomicBool::new(false));
            let flag = Arc::clone(&gives_up);
            let first = scope.spawn(|| pool.acquire(&Context::unbounded().cancelled_by(flag)).map(drop));
            while pool.queue().waiting.is_empty() {
                std::thread::yield_now();
            }
            let second = scope.spawn(|| pool.acquire(&Context::unbounded()).map(drop));
            while pool.queue().waiting.len() < 2 {
                std::thread::yield_now();
            }
            gives_up.store(true, Ordering::Relaxed);
            assert!(matches!(first.join().unwrap(), Err(Error::Cancelled)));
            drop(taken);
            assert!(second.join().unwrap().is_ok());
        });
        let queue = pool.queue();
        assert_eq!((queue.waiting.len(), queue.free.len()), (0, 1));
    }

    #[test]
    fn waiting_ends_with_the_deadline_or_the_cancellation() {
        let pool = Pool::new(vec![()]);
        let _taken = pool.acquire(&Context::unbounded()).unwrap();
        let late = Context::until(Instant::now() + Duration::from_millis(20));
        assert!(matches!(pool.acquire(&late), Err(Error::Deadline)));
        let cancelled = Context::unbounded().cancelled_by(Arc::new(AtomicBool::new(true)));
        assert!(matches!(pool.acquire(&cancelled), Err(Error::Cancelled)));
    }

    #[test]
    fn a_member_comes_back_from_a_panicking_user() {
        let pool = Pool::new(vec![7]);
        let panicked = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _lease = pool.acquire(&Context::unbounded()).unwrap();
                    panic!("user failed");
                })
                .join()
        });
        assert!(panicked.is_err());
        assert_eq!(*pool.acquire(&Context::unbounded()).unwrap().member, 7);
    }
}
