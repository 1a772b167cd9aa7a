//! The worker pool: bounded, quick to refuse, and not brought down by its jobs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use maxsimd_server::{FirstStep, Lost, Overloaded, Pool, Workers};

/// Gives back what it is given, and remembers what came together. Takes three at most, and panics at zero.
#[derive(Debug, Default)]
struct Remembered(Mutex<Vec<Vec<u32>>>);

impl FirstStep for Remembered {
    type Part = u32;
    type Outcome = u32;

    fn joins(&self, group: &[&u32], _: &u32) -> bool {
        group.len() < 3
    }

    fn run(&self, group: Vec<u32>, _: &Arc<AtomicBool>) -> Vec<u32> {
        self.0.lock().expect("no panic in it").push(group.clone());
        assert!(!group.contains(&0), "on purpose");
        group
    }
}

fn start(threads: usize, queue: usize) -> Workers<Remembered> {
    over(&Arc::default(), threads, queue)
}

fn over(step: &Arc<Remembered>, threads: usize, queue: usize) -> Workers<Remembered> {
    Workers::start(Pool { name: "test", threads, queue, niceness: 0 }, Arc::clone(step)).expect("threads")
}

/// Keeps as many workers busy until the sender is dropped.
fn occupy(workers: &Workers<Remembered>, threads: usize) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let (started, has_started) = mpsc::channel();
    for _ in 0..threads {
        let (started, released) = (started.clone(), Arc::clone(&released));
        let busy = workers.try_submit(move |_| {
            started.send(()).expect("test waits");
            let _ = released.lock().map(|released| released.recv());
        });
        has_started.recv().expect("job starts");
        drop(busy.expect("room"));
    }
    release
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn a_job_gives_back_what_it_computed() {
    let workers = start(2, 4);
    let sum = workers.try_submit(|_| (1..=10).sum::<u32>()).expect("room");
    assert_eq!(sum.until(later()).await, Ok(55));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_takes_jobs_again_afterwards() {
    let workers = start(1, 1);
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
    let workers = start(1, 4);
    let broken = workers.try_submit(|_| -> u32 { panic!("on purpose") }).expect("room");
    assert_eq!(broken.until(later()).await, Err(Lost::Panicked));
    let sound = workers.try_submit(|_| 1).expect("room");
    assert_eq!(sound.until(later()).await, Ok(1));
}

#[tokio::test]
async fn a_job_learns_that_nobody_waits_for_it_any_more() {
    let workers = start(1, 4);
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
    let workers = start(1, 4);
    let (release, released) = mpsc::channel::<()>();
    let pending = workers.try_submit(move |_| released.recv().is_ok()).expect("room");
    assert_eq!(pending.until(Instant::now()).await, Err(Lost::Late));
    release.send(()).expect("job waits");
}

#[tokio::test]
async fn an_idle_pool_steps_each_job_alone() {
    let step = Arc::<Remembered>::default();
    let workers = over(&step, 2, 4);
    for number in 1..=3 {
        let job = workers.try_submit_stepped(number, |_, given| given * 10).expect("room");
        assert_eq!(job.until(later()).await, Ok(number * 10));
    }
    assert_eq!(*step.0.lock().expect("no panic in it"), [[1], [2], [3]]);
}

#[tokio::test]
async fn jobs_that_wait_are_stepped_together_as_many_as_fit_and_each_gets_its_own() {
    let step = Arc::<Remembered>::default();
    let workers = over(&step, 1, 8);
    let release = occupy(&workers, 1);
    let jobs: Vec<_> =
        (1..=5).map(|number| workers.try_submit_stepped(number, |_, given| given * 10).expect("room")).collect();
    let plain = workers.try_submit(|_| 7).expect("room");
    drop(release);
    for (number, job) in (1..).zip(jobs) {
        assert_eq!(job.until(later()).await, Ok(number * 10));
    }
    assert_eq!(plain.until(later()).await, Ok(7));
    assert_eq!(*step.0.lock().expect("no panic in it"), [vec![1, 2, 3], vec![4, 5]]);
}

#[tokio::test]
async fn a_worker_leaves_the_others_their_share() {
    let step = Arc::<Remembered>::default();
    let workers = over(&step, 2, 8);
    let release = occupy(&workers, 2);
    let jobs: Vec<_> =
        (1..=4).map(|number| workers.try_submit_stepped(number, |_, given| given).expect("room")).collect();
    drop(release);
    for job in jobs {
        job.until(later()).await.expect("done");
    }
    // Whoever comes first takes half of the four; the second half of what is left, or all of it.
    let groups = step.0.lock().expect("no panic in it");
    assert!(groups.iter().all(|group| group.len() <= 2), "{groups:?}");
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_is_not_stepped() {
    let step = Arc::<Remembered>::default();
    let workers = over(&step, 1, 8);
    let release = occupy(&workers, 1);
    let wanted = workers.try_submit_stepped(1, |_, given| given).expect("room");
    drop(workers.try_submit_stepped(2, |_, given| given).expect("room"));
    drop(release);
    assert_eq!(wanted.until(later()).await, Ok(1));
    assert_eq!(*step.0.lock().expect("no panic in it"), [[1]]);
}

#[tokio::test]
async fn a_panic_in_the_first_step_loses_its_group_and_nothing_else() {
    let workers = start(1, 8);
    let release = occupy(&workers, 1);
    let jobs = [0, 1, 2, 3].map(|number| workers.try_submit_stepped(number, |_, given| given).expect("room"));
    drop(release);
    let mut ends = Vec::new();
    for job in jobs {
        ends.push(job.until(later()).await);
    }
    assert_eq!(ends, [Err(Lost::Panicked), Err(Lost::Panicked), Err(Lost::Panicked), Ok(3)]);
}

#[tokio::test]
async fn jobs_in_the_queue_are_done_before_the_pool_ends() {
    let workers = start(2, 8);
    let release = occupy(&workers, 2);
    let jobs = [1, 2, 3, 4, 5].map(|number| workers.try_submit_stepped(number, |_, given| given).expect("room"));
    drop(release);
    drop(workers);
    for (number, job) in (1..).zip(jobs) {
        assert_eq!(job.until(later()).await, Ok(number));
    }
}

#[tokio::test]
async fn what_is_put_aside_is_begun_though_others_wait() {
    let workers = start(1, 8);
    let release = occupy(&workers, 1);
    let (begun, order) = mpsc::channel();
    let noting = |what: &'static str| {
        let begun = begun.clone();
        move |_: &_| begun.send(what).expect("test waits")
    };
    let jobs: Vec<_> = (0..8).map(|_| workers.try_submit(noting("queue")).expect("room")).collect();
    let aside = workers.try_submit_aside(noting("aside")).expect("room");
    drop(release);
    for job in jobs.into_iter().chain([aside]) {
        job.until(later()).await.expect("done");
    }
    assert_eq!(order.recv(), Ok("aside"), "nothing is owed to the queue yet");
}

#[tokio::test]
async fn what_was_put_aside_is_done_when_the_pool_ends() {
    let workers = start(1, 8);
    let release = occupy(&workers, 1);
    let aside = workers.try_submit_aside(|_| 1).expect("room");
    let waiting = workers.try_submit(|_| 2).expect("room");
    let ending = std::thread::spawn(move || drop(workers));
    drop(release);
    ending.join().expect("no panic");
    assert_eq!((aside.until(later()).await, waiting.until(later()).await), (Ok(1), Ok(2)));
}
