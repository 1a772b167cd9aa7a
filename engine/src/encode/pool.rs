//! A bounded set of things that one thread at a time may use, such as ONNX sessions.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::{Context, Error, Result};

/// How often a waiting call asks whether it was cancelled.
const PATIENCE: Duration = Duration::from_millis(5);

/// Hands out its members, first come first served.
#[derive(Debug)]
pub(super) struct Pool<T> {
    members: Vec<Mutex<T>>,
    // Indexes of free members; who holds an index is the only one to lock that member.
    back: Sender<usize>,
    free: Receiver<usize>,
}

/// Most sessions of one encoder.
const MAX_SESSIONS: usize = 256;

impl<T> Pool<T> {
    /// As many sessions as are asked for, 1 to 256, but not more than `most`; each is made with its number.
    pub(super) fn of(sessions: usize, most: usize, make: impl FnMut(usize) -> Result<T>) -> Result<Self> {
        if !(1..=MAX_SESSIONS).contains(&sessions) {
            return Err(Error::invalid("sessions", format!("{sessions} is not within 1 and {MAX_SESSIONS}")));
        }
        Self::new((0..sessions.min(most)).map(make).collect::<Result<_>>()?)
    }

    fn new(members: Vec<T>) -> Result<Self> {
        let (back, free) = bounded(members.len());
        for index in 0..members.len() {
            back.send(index).map_err(|_| Error::Cancelled)?;
        }
        Ok(Self { members: members.into_iter().map(Mutex::new).collect(), back, free })
    }

    pub(super) fn size(&self) -> usize {
        self.members.len()
    }

    /// Waits for a free member, but not longer than the context lasts.
    pub(super) fn acquire(&self, context: &Context) -> Result<Lease<'_, T>> {
        loop {
            context.check()?;
            match self.free.recv_timeout(PATIENCE) {
                Ok(index) => {
                    let member = self.members[index].lock().unwrap_or_else(PoisonError::into_inner);
                    return Ok(Lease { member, index, back: &self.back });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Cancelled),
            }
        }
    }
}

/// A member in use; goes back when dropped, also while panicking.
#[derive(Debug)]
pub(super) struct Lease<'a, T> {
    pub(super) member: MutexGuard<'a, T>,
    index: usize,
    back: &'a Sender<usize>,
}

impl<T> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        // Never full: the channel has room for every index. Never closed: the pool outlives its leases.
        let _ = self.back.try_send(self.index);
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
        let pool = Pool::new(vec![0_u64, 0]).unwrap();
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
    fn waiting_ends_with_the_deadline_or_the_cancellation() {
        let pool = Pool::new(vec![()]).unwrap();
        let _taken = pool.acquire(&Context::unbounded()).unwrap();
        let late = Context::until(Instant::now() + Duration::from_millis(20));
        assert!(matches!(pool.acquire(&late), Err(Error::Deadline)));
        let cancelled = Context::unbounded().cancelled_by(Arc::new(AtomicBool::new(true)));
        assert!(matches!(pool.acquire(&cancelled), Err(Error::Cancelled)));
    }

    #[test]
    fn a_member_comes_back_from_a_panicking_user() {
        let pool = Pool::new(vec![7]).unwrap();
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
