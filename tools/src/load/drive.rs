//! A run: what it is told, the thread that says when, and the one that sends and reads.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::client::{Usage, Used};
use super::connection::Connection;
use super::course::Course;
use super::pacer::pace;
use crate::reach::Target;

use super::{Arrivals, LoadError, Measured, Requests, priority};

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// At moments that are fixed beforehand, whether or not earlier requests are answered. Latencies count from these
    /// moments: what waits because all connections are busy waits on the clock (no coordinated omission).
    Open {
        /// Requests a second.
        rate: f64,
        /// How these lie in time.
        arrivals: Arrivals,
    },
    /// When a connection is free. Tells what a server can do at most, and hides how long anyone would have waited.
    Closed,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Load {
    /// Where.
    pub target: Arc<Target>,
    /// What.
    pub requests: Arc<Requests>,
    /// When.
    pub pace: Pace,
    /// Cut off before anything counts.
    pub warmup: Duration,
    /// What counts.
    pub duration: Duration,
    /// Requests at the same time.
    pub connections: NonZeroUsize,
    /// How long a reply may take, and how long the last are waited for.
    pub timeout: Duration,
    /// Of the moments.
    pub seed: u64,
}

impl Load {
    /// With the warm-up.
    pub(super) fn whole(&self) -> Duration {
        self.warmup + self.duration
    }

    fn plan(&self) -> Result<Vec<Duration>, LoadError> {
        match self.pace {
            Pace::Open { rate, arrivals } => arrivals.plan(rate, self.whole(), self.seed),
            Pace::Closed => Ok(Vec::new()),
        }
    }
}

/// Runs it: one thread sends and reads, another one says when.
pub fn measure(load: &Load) -> Result<Measured, LoadError> {
    let plan = load.plan()?;
    thread::scope(|scope| {
        let driver = thread::Builder::new().name("driver".to_owned()).spawn_scoped(scope, || driven(load, plan))?;
        driver.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn driven(load: &Load, plan: Vec<Duration>) -> Result<Measured, LoadError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let connections = runtime.block_on(opened(load));
    let (tell, dues) = unbounded_channel();
    let started_at = SystemTime::now();
    let course = Arc::new(Course::new(load.clone(), plan, dues));
    let used = thread::scope(|scope| {
        thread::Builder::new().name("pacer".to_owned()).spawn_scoped(scope, || announce(&course, tell))?;
        std::io::Result::Ok(runtime.block_on(drive(&course, connections)))
    })?;
    Ok(course.measured(started_at, used))
}

async fn opened(load: &Load) -> Vec<Connection> {
    let mut connections = Vec::new();
    for _ in 0..load.connections.get() {
        let mut connection = Connection::new(Arc::clone(&load.target), load.timeout);
        connection.warm().await;
        connections.push(connection);
    }
    connections
}

/// Ends when all is told, and the channel with it.
fn announce(course: &Course, tell: UnboundedSender<usize>) {
    priority::first();
    pace(course.started, &course.plan, |place| _ = tell.send(place));
}

/// What was used is of the plan's time: while the last replies are waited for there is little to do.
async fn drive(course: &Arc<Course>, connections: Vec<Connection>) -> Used {
    let (usage, mut tasks) = (Usage::now(priority::first()), JoinSet::new());
    for connection in connections {
        tasks.spawn(Arc::clone(course).follow(connection));
    }
    let end = course.started + course.load.whole();
    finish(&mut tasks, end).await;
    let used = usage.until_now();
    finish(&mut tasks, end + course.load.timeout).await;
    used
}

/// Waits until all are done, or the moment has come.
async fn finish(tasks: &mut JoinSet<()>, end: Instant) {
    while let Ok(Some(_)) = timeout_at(end.into(), tasks.join_next()).await {}
}
