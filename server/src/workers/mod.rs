//! A bounded pool of OS threads for CPU work. A full queue refuses at once; nobody waits for a place in it.
//!
//! Jobs may have a first step that costs less for several of them together. Nothing waits for company: whoever begins
//! such a job takes its share of those that wait already, so an idle pool runs each alone and a busy one groups them.

mod pace;
mod pending;
mod turns;
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Sender, bounded, unbounded};

use crate::priority::lower;
use pace::Pace;
use pending::promise;
pub use pending::{Lost, Pending, Ticket};
use worker::{Job, Stepped, Whole, Worker};

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

/// There is no room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overloaded;

/// What a pool is like.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// What its threads are called, before their number.
    pub name: &'static str,
    /// Threads, at least one.
    pub threads: usize,
    /// Jobs that may wait.
    pub queue: usize,
    /// By how much its threads give way to others, from 0 to 19: those that move bytes come first, or nobody would be told that there is
    /// no room.
    pub niceness: i32,
}

/// A fixed number of threads over a bounded queue. Dropping it ends the threads after the jobs in the queue.
#[derive(Debug)]
pub struct Workers<S: FirstStep> {
    queues: Option<Queues<S>>,
    pace: Arc<Pace>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queues<S: FirstStep> {
    arrived: Sender<Job<S>>,
    aside: Sender<Job<S>>,
}

impl<S: FirstStep> Workers<S> {
    /// Starts the threads.
    pub fn start(pool: Pool, step: Arc<S>) -> std::io::Result<Self> {
        let Pool { name, queue, niceness, .. } = pool;
        let threads = pool.threads.max(1);
        let (arrived, arrivals) = bounded(queue);
        let (aside, asides) = bounded(queue);
        let pace = Arc::new(Pace::new());
        let worker =
            Worker { step, arrived: arrivals, aside: asides, begun: unbounded(), pace: Arc::clone(&pace), threads };
        let threads = (0..threads)
            .map(|number| {
                let worker = worker.clone();
                std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || {
                    lower(niceness);
                    worker.work();
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { queues: Some(Queues { arrived, aside }), pace, threads })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Jobs that wait for a thread.
    pub fn waiting(&self) -> usize {
        self.queues.as_ref().map_or(0, |queues| queues.arrived.len())
    }

    /// Jobs that may wait.
    pub fn capacity(&self) -> usize {
        self.queues.as_ref().and_then(|queues| queues.arrived.capacity()).unwrap_or(0)
    }

    /// Refuses early what would be refused, or begun too late, once it is made a job.
    pub fn room(&self, latest: Option<Instant>) -> Result<(), Overloaded> {
        match self.pace.admits((self.waiting(), self.threads()), latest, Instant::now()) {
            true => Ok(()),
            false => Err(Overloaded),
        }
    }

    /// Puts a job in the queue, or says at once that there is no place.
    pub fn try_submit<T, F>(&self, work: F) -> Result<Pending<T>, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket) -> T + Send + 'static,
    {
        let (job, pending) = whole(work);
        self.put(job)?;
        Ok(pending)
    }

    /// Puts a job in the queue that begins with the first step.
    pub fn try_submit_stepped<T, F>(&self, part: S::Part, rest: F) -> Result<Pending<T>, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket, S::Outcome) -> T + Send + 'static,
    {
        let (promise, pending) = promise();
        let rest = Box::new(move |outcome, took| promise.keep(took, |ticket| rest(ticket, outcome)));
        self.put(Job::Stepped(Stepped { part, cancelled: pending.cancelled(), rest }))?;
        Ok(pending)
    }

    /// Puts a job aside: such jobs get a fifth of the time while others wait. For parts of what was let in before, so that neither they nor
    /// what comes new waits for all of the other.
    pub fn try_submit_aside<T, F>(&self, work: F) -> Result<Pending<T>, Overloaded>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket) -> T + Send + 'static,
    {
        let (job, pending) = whole(work);
        let queues = self.queues.as_ref().ok_or(Overloaded)?;
        queues.aside.try_send(job).map_err(|_| Overloaded)?;
        Ok(pending)
    }

    fn put(&self, job: Job<S>) -> Result<(), Overloaded> {
        let queues = self.queues.as_ref().ok_or(Overloaded)?;
        queues.arrived.try_send(job).map_err(|_| {
            self.pace.ran_over(Instant::now());
            Overloaded
        })
    }
}

fn whole<S: FirstStep, T: Send + 'static>(work: impl FnOnce(&Ticket) -> T + Send + 'static) -> (Job<S>, Pending<T>) {
    let (promise, pending) = promise();
    let run = Box::new(move || promise.keep(Duration::ZERO, work));
    (Job::Whole(Whole { run, spent: Duration::ZERO }), pending)
}

impl<S: FirstStep> Drop for Workers<S> {
    fn drop(&mut self) {
        self.queues = None;
        for thread in self.threads.drain(..) {
            // A worker catches the panics of its jobs, so there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}
