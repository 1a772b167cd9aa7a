//! The worker pool: bounded, quick to refuse, and not brought down by its jobs.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use maxsimd_server::{Lost, Overloaded, Workers};

fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn a_job_gives_back_what_it_computed() {
    let workers = Workers::start(2, 4).expect("threads");
    let sum = workers.try_submit(|_| (1..=10).sum::<u32>()).expect("room");
    assert_eq!(sum.until(later()).await, Ok(55));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_takes_jobs_again_afterwards() {
    let workers = Workers::start(1, 1).expect("threads");
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let running = workers.try_submit(move |_| {
        started.send(()).expect("test waits");
        released.recv().expect("test releases");
    });
    has_started.recv().expect("job starts");
    let waiting = workers.try_submit(|_| 7).expect("one place in the queue");
    assert_eq!(workers.try_submit(|_| 8).err(), Some(Overloaded));
    release.send(()).expect("job waits");
    assert_eq!(running.expect("worker was free").until(later()).await, Ok(()));
    assert_eq!(waiting.until(later()).await, Ok(7));
    let again = workers.try_submit(|_| 9).expect("the queue is empty");
    assert_eq!(again.until(later()).await, Ok(9));
}

#[tokio::test]
async fn a_panicking_job_is_lost_and_its_worker_lives_on() {
    let workers = Workers::start(1, 4).expect("threads");
    let broken = workers.try_submit(|_| -> u32 { panic!("on purpose") }).expect("room");
    assert_eq!(broken.until(later()).await, Err(Lost::Panicked));
    let sound = workers.try_submit(|_| 1).expect("room");
    assert_eq!(sound.until(later()).await, Ok(1));
}

#[tokio::test]
async fn a_job_learns_that_nobody_waits_for_it_any_more() {
    let workers = Workers::start(1, 4).expect("threads");
    let (started, has_started) = mpsc::channel();
    let (saw, seen) = mpsc::channel();
    let pending = workers.try_submit(move |ticket| {
        started.send(()).expect("test waits");
        while !ticket.cancelled.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        saw.send(()).expect("test waits");
    });
    has_started.recv().expect("job starts");
    drop(pending);
    seen.recv().expect("the flag was raised");
}

#[tokio::test]
async fn a_job_that_is_not_done_in_time_is_given_up() {
    let workers = Workers::start(1, 4).expect("threads");
    let (release, released) = mpsc::channel::<()>();
    let pending = workers.try_submit(move |_| released.recv().is_ok()).expect("room");
    assert_eq!(pending.until(Instant::now()).await, Err(Lost::Late));
    release.send(()).expect("job waits");
}
