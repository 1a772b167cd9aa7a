//! The load benchmark against servers whose latencies are known, against servers that fail, and against the daemon.

mod accuracy;
mod daemon;
mod failures;
mod program;
mod schema;
mod stub;
#[path = "../support/mod.rs"]
mod support;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use maxsimd_engine::search::Mode;
use maxsimd_tools::load::{Api, Arrivals, Ask, Load, Pace, Query, Requests, Workload};
use maxsimd_tools::reach::Target;

const ASK: Ask<'static> =
    Ask { workload: Workload::Search, api: Api::Maxsimd, collection: "docs", mode: Mode::Late, k: 3, documents: &[] };

/// Tests that measure do it one after the other: each other's work would be in their figures.
fn alone() -> MutexGuard<'static, ()> {
    static MEASURING: Mutex<()> = Mutex::new(());
    MEASURING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A load of these queries, without a warm-up.
fn load(url: &str, ask: &Ask<'_>, queries: &[Query], pace: Pace) -> Load {
    Load {
        target: Arc::new(Target::parse(url).unwrap()),
        requests: Arc::new(Requests::new(ask, queries, 0).unwrap()),
        pace,
        warmup: Duration::ZERO,
        duration: Duration::from_secs(2),
        connections: NonZeroUsize::new(16).unwrap(),
        timeout: Duration::from_secs(10),
        seed: 0,
    }
}

fn constant(rate: f64) -> Pace {
    Pace::Open { rate, arrivals: Arrivals::Constant }
}

fn texts(queries: &[&str]) -> Vec<Query> {
    queries.iter().map(|query| Query::from(*query)).collect()
}
