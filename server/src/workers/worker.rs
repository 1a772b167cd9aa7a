//! One thread of the pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, select_biased};

use super::FirstStep;
use super::pace::Pace;
use super::turns::Turns;

/// What comes after the step, given the time that the step took.
type Rest<O> = Box<dyn FnOnce(O, Duration) + Send>;

pub(super) enum Job<S: FirstStep> {
    Whole(Whole),
    Stepped(Stepped<S>),
}

pub(super) struct Whole {
    pub(super) run: Box<dyn FnOnce() + Send>,
    /// Its share of a step that was made before.
    pub(super) spent: Duration,
}

pub(super) struct Stepped<S: FirstStep> {
    pub(super) part: S::Part,
    pub(super) cancelled: Arc<AtomicBool>,
    pub(super) rest: Rest<S::Outcome>,
}

/// One thread's view of the pool.
pub(super) struct Worker<S: FirstStep> {
    pub(super) step: Arc<S>,
    pub(super) arrived: Receiver<Job<S>>,
    /// Jobs of those who have waited for a place already.
    pub(super) aside: Receiver<Job<S>>,
    /// Jobs taken out of the queue that any worker may go on with; they come first.
    pub(super) begun: (Sender<Job<S>>, Receiver<Job<S>>),
    pub(super) pace: Arc<Pace>,
    pub(super) threads: usize,
}

impl<S: FirstStep> Clone for Worker<S> {
    fn clone(&self) -> Self {
        Self {
            step: Arc::clone(&self.step),
            arrived: self.arrived.clone(),
            aside: self.aside.clone(),
            begun: self.begun.clone(),
            pace: Arc::clone(&self.pace),
            threads: self.threads,
        }
    }
}

impl<S: FirstStep> Worker<S> {
    pub(super) fn work(&self) {
        let mut turns = Turns::default();
        while let Some((job, aside)) = self.next(&mut turns) {
            let start = Instant::now();
            // A job owns all it touches and its reply channel closes on unwind, so nothing half-done is seen afterwards.
            if catch_unwind(AssertUnwindSafe(|| self.run(job))).is_err() {
                tracing::error!("a job panicked; its worker goes on");
            }
            turns.took(aside, start.elapsed());
        }
    }

    /// The next job, and whether it was put aside; none once the pool ends. What others put among the begun jobs after that, they do themselves.
    fn next(&self, turns: &mut Turns) -> Option<(Job<S>, bool)> {
        if self.begun.1.is_empty() && self.arrived.is_empty() {
            turns.idle();
        }
        if self.begun.1.is_empty()
            && turns.aside_first()
            && let Ok(job) = self.aside.try_recv()
        {
            return Some((job, true));
        }
        let queued = |job| (job, false);
        let aside = |job| (job, true);
        select_biased! {
            recv(self.begun.1) -> job => job.ok().map(queued),
            recv(self.arrived) -> job => job.ok().map(queued).or_else(|| self.aside.recv().ok().map(aside)),
            recv(self.aside) -> job => job.ok().map(aside),
        }
    }

    fn run(&self, job: Job<S>) {
        match job {
            Job::Whole(Whole { run, spent }) => {
                let start = Instant::now();
                run();
                self.pace.note(spent + start.elapsed());
            }
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
        let spent = took / u32::try_from(rests.len()).unwrap_or(u32::MAX);
        let rest = |(rest, outcome): (Rest<S::Outcome>, S::Outcome)| {
            Job::Whole(Whole { run: Box::new(move || rest(outcome, took)), spent })
        };
        let mut rests = rests.into_iter().zip(outcomes).map(rest);
        let own = rests.next();
        for rest in rests {
            self.hand_over(rest);
        }
        if let Some(own) = own {
            self.run(own);
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
