//! A bounded pool of OS threads for CPU work. A full queue refuses at once; nobody waits for a place in it.
//!
//! Jobs may have a first step that costs less for several of them together. Nothing waits for company: whoever begins
//! such a job takes its share of those that wait already, so an idle pool runs each alone and a busy one groups them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded, select_biased, unbounded};
use tokio::sync::oneshot;

/// What jobs may begin with, better together than one by one.
pub trait FirstStep: Send + Sync + 'static {
    /// What a job brings.
    type Part: Send + 'static;
    /// What it gets.
    type Outcome: Send + 'static;
    /// Whether a part can join others.
    fn joins(&self, group: &[&Self::Part], part: &Self::Part) -> bool;
    /// The outcome of each part, in order. The flag is raised once nobody waits for them any more; nobody raises it for
    /// a group of several.
    fn run(&self, group: Vec<Self::Part>, cancelled: &Arc<AtomicBool>) -> Vec<Self::Outcome>;
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overloaded;

/// Why a submitted job gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It was not done at the instant given.
    Late,
    /// It panicked.
    Panicked,
}

/// What a job knows about itself.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Raised once nobody waits for the result any more.
    pub cancelled: Arc<AtomicBool>,
    /// Time spent waiting for a free worker.
    pub queued: Duration,
}

enum Job<S: FirstStep> {
    Whole(Box<dyn FnOnce() + Send>),
    Stepped(Stepped<S>),
}

struct Stepped<S: FirstStep> {
    part: S::Part,
    cancelled: Arc<AtomicBool>,
    /// What comes after the step, given the time that the step took.
    rest: Box<dyn FnOnce(S::Outcome, Duration) + Send>,
}

/// A fixed number of threads over a bounded queue. Dropping it ends the threads after the jobs in the queue.
#[derive(Debug)]
pub struct Workers<S: FirstStep> {
    queue: Option<Sender<Job<S>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: FirstStep> Workers<S> {
    /// Starts `threads` workers of a name over a queue of `queue` waiting jobs.
    pub fn start(name: &str, step: Arc<S>, threads: usize, queue: usize) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let (sender, arrived) = bounded(queue);
        let begun = unbounded();
        let worker = Worker { step, arrived, begun, threads };
        let threads = (0..threads)
            .map(|number| {
                let worker = worker.clone();
                std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || worker.work())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(sender), threads })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Puts a job in the queue, or says at once that there is no place.
    pub fn try_submit<T, F>(&self, work: F) -> Result<Pending<T>, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket) -> T + Send + 'static,
    {
        let (promise, pending) = promise();
        self.put(Job::Whole(Box::new(move || promise.keep(Duration::ZERO, work))))?;
        Ok(pending)
    }

    /// Puts a job in the queue that begins with the first step.
    pub fn try_submit_stepped<T, F>(&self, part: S::Part, rest: F) -> Result<Pending<T>, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket, S::Outcome) -> T + Send + 'static,
    {
        let (promise, pending) = promise();
        let cancelled = Arc::clone(&pending.cancelled);
        let rest = Box::new(move |outcome, took| promise.keep(took, |ticket| rest(ticket, outcome)));
        self.put(Job::Stepped(Stepped { part, cancelled, rest }))?;
        Ok(pending)
    }

    fn put(&self, job: Job<S>) -> Result<(), Overloaded> {
        let queue = self.queue.as_ref().ok_or(Overloaded)?;
        queue.try_send(job).map_err(|_| Overloaded)
    }
}

impl<S: FirstStep> Drop for Workers<S> {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A worker catches the panics of its jobs, so there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

/// One thread's view of the pool.
struct Worker<S: FirstStep> {
    step: Arc<S>,
    arrived: Receiver<Job<S>>,
    /// Jobs taken out of the queue that any worker may go on with; they come first.
    begun: (Sender<Job<S>>, Receiver<Job<S>>),
    threads: usize,
}

impl<S: FirstStep> Clone for Worker<S> {
    fn clone(&self) -> Self {
        let (step, arrived, begun) = (Arc::clone(&self.step), self.arrived.clone(), self.begun.clone());
        Self { step, arrived, begun, threads: self.threads }
    }
}

impl<S: FirstStep> Worker<S> {
    fn work(&self) {
        while let Some(job) = self.next() {
            // A job owns all it touches and its reply channel closes on unwind, so nothing half-done is seen afterwards.
            if catch_unwind(AssertUnwindSafe(|| self.run(job))).is_err() {
                tracing::error!("a job panicked; its worker goes on");
            }
        }
    }

    /// The next job; none once the pool ends. What others put among the begun jobs after that, they do themselves.
    fn next(&self) -> Option<Job<S>> {
        select_biased! {
            recv(self.begun.1) -> job => job.ok(),
            recv(self.arrived) -> job => job.ok(),
        }
    }

    fn run(&self, job: Job<S>) {
        match job {
            Job::Whole(run) => run(),
            Job::Stepped(first) => self.step_together(self.group(first)),
        }
    }

    /// A job and its share of those that wait: the other workers find theirs.
    fn group(&self, first: Stepped<S>) -> Vec<Stepped<S>> {
        let share = (self.arrived.len() + 1).div_ceil(self.threads);
        let mut group = vec![first];
        while group.len() < share {
            match self.arrived.try_recv() {
                Ok(Job::Stepped(job)) if self.step.joins(&parts(&group), &job.part) => group.push(job),
                Ok(job) => {
                    self.hand_over(job);
                    break;
                }
                Err(_) => break,
            }
        }
        group.retain(|job| !job.cancelled.load(Ordering::Relaxed));
        group
    }

    fn step_together(&self, mut group: Vec<Stepped<S>>) {
        let cancelled = match group.as_slice() {
            [] => return,
            [alone] => Arc::clone(&alone.cancelled),
            _ => Arc::default(),
        };
        let (parts, rests): (Vec<_>, Vec<_>) = group.drain(..).map(|job| (job.part, job.rest)).unzip();
        let start = Instant::now();
        let outcomes = self.step.run(parts, &cancelled);
        let took = start.elapsed();
        let mut rests = rests.into_iter().zip(outcomes).map(|(rest, outcome)| move || rest(outcome, took));
        let own = rests.next();
        for rest in rests {
            self.hand_over(Job::Whole(Box::new(rest)));
        }
        if let Some(own) = own {
            own();
        }
    }

    /// Gives a job to whichever worker is free first.
    fn hand_over(&self, job: Job<S>) {
        // Never closed: this worker holds its other end.
        let _ = self.begun.0.send(job);
    }
}

fn parts<S: FirstStep>(group: &[Stepped<S>]) -> Vec<&S::Part> {
    group.iter().map(|job| &job.part).collect()
}

/// The worker's end of a job.
struct Promise<T> {
    reply: oneshot::Sender<T>,
    cancelled: Arc<AtomicBool>,
    submitted: Instant,
}

impl<T> Promise<T> {
    /// Makes and sends the result, unless nobody waits for it. `worked` of the time since the job came was not waiting.
    fn keep(self, worked: Duration, work: impl FnOnce(&Ticket) -> T) {
        let queued = self.submitted.elapsed().saturating_sub(worked);
        let ticket = Ticket { cancelled: self.cancelled, queued };
        if !ticket.cancelled.load(Ordering::Relaxed) {
            // The receiver may have gone meanwhile, then nobody wants the result.
            let _ = self.reply.send(work(&ticket));
        }
    }
}

fn promise<T>() -> (Promise<T>, Pending<T>) {
    let (reply, result) = oneshot::channel();
    let cancelled = Arc::<AtomicBool>::default();
    let pending = Pending { result, cancelled: Arc::clone(&cancelled) };
    (Promise { reply, cancelled, submitted: Instant::now() }, pending)
}

/// A job under way. Dropping it raises the job's cancel flag.
#[derive(Debug)]
pub struct Pending<T> {
    result: oneshot::Receiver<T>,
    cancelled: Arc<AtomicBool>,
}

impl<T> Pending<T> {
    /// Waits for the result, at most until an instant.
    pub async fn until(mut self, latest: Instant) -> Result<T, Lost> {
        match tokio::time::timeout_at(latest.into(), &mut self.result).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) => Err(Lost::Panicked),
            Err(_) => Err(Lost::Late),
        }
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
