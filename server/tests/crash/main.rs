//! Kills a real daemon with SIGKILL under concurrent upserts, deletions and searches: at random moments, and at every
//! place in the code that is marked as a fail point. After each restart every document is compared with a model:
//! missing, phantom, duplicate, stale or torn ones are losses.
//!
//! `MAXSIMD_KILLS` says how often (50), `MAXSIMD_SEED` which moments. A kill counts only if writes were acknowledged
//! between it and the comparison before it.

mod daemon;
mod failing;
mod load;
mod model;
mod points;
mod restoring;
mod routing;
mod upkeep;

use std::collections::BTreeMap;
use std::time::Duration;

use daemon::{COLLECTION, Process};
use load::Load;
use maxsimd_engine::Context;
use maxsimd_engine::collection::{CollectionName, Store};
use model::Model;
use points::Point;

/// A long run has to come by every fail point.
const LONG: u64 = 500;

/// A seeded stream of numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// What was counted over all kills that had acknowledged writes before them.
#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    without_writes: u64,
    during_recovery: u64,
    /// By fail point, those where the daemon said that it came by, and those where it was to stop.
    at_points: BTreeMap<&'static str, (u64, u64)>,
    acknowledged: u64,
    compared: u64,
    searches: u64,
}

impl Tally {
    fn at(&mut self, point: &Point, reached: bool) {
        let (said, stopped) = self.at_points.entry(point.name).or_default();
        *said += u64::from(reached);
        *stopped += u64::from(!point.says);
    }
}

/// Kills a daemon once it has come by its fail point, or after a while.
fn kill(process: &mut Process, point: Option<&Point>, while_ms: u64) -> bool {
    let reached = match point {
        Some(point) if point.says => process.comes_by(Duration::from_millis(2 * while_ms)),
        _ => {
            std::thread::sleep(Duration::from_millis(while_ms));
            false
        }
    };
    process.kill();
    reached
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_daemon_is_killed() {
    let (kills, seed) = (number("MAXSIMD_KILLS", 50), number("MAXSIMD_SEED", std::process::id().into()));
    let data = tempfile::tempdir().expect("a folder");
    let mut random = Random::new(seed);
    println!("seed {seed}");
    let mut model = Model::new();
    let mut tally = Tally::default();
    Process::start(data.path(), None).create(COLLECTION);
    let (mut turn, mut pointed) = (0, 0);
    while tally.kills < kills {
        turn += 1;
        let point = (turn % 3 != 0).then(|| {
            pointed += 1;
            Point::under_load(pointed, &mut random)
        });
        let mut process = Process::start(data.path(), point.as_ref());
        let load = Load::start(process.address(), &model, seed.wrapping_add(turn));
        let reached = kill(&mut process, point.as_ref(), 60 + random.below(240));
        let done = load.end(&mut model);
        let counts = u64::from(done.acknowledged > 0);
        if turn % 4 == 0 {
            // Killed again while it recovers.
            let point = Point::in_recovery(usize::try_from(turn / 4).expect("few turns"));
            let mut process = Process::begin(data.path(), Some(&point));
            let reached = kill(&mut process, Some(&point), 20 + random.below(150));
            tally.kills += counts;
            tally.during_recovery += counts;
            if counts > 0 {
                tally.at(&point, reached);
            }
        }
        tally.kills += counts;
        tally.without_writes += 1 - counts;
        if let Some(point) = point.as_ref().filter(|_| counts > 0) {
            tally.at(point, reached);
        }
        tally.acknowledged += done.acknowledged;
        tally.searches += done.searches;
        let process = Process::start(data.path(), None);
        tally.compared += model.compare(&process, &format!("seed {seed}, turn {turn}, {point:?}"));
    }
    println!("{tally:#?}");
    let store = Store::open(data.path()).expect("a store");
    let name = CollectionName::parse(COLLECTION).expect("a name");
    let damage = store.verify(&Context::unbounded(), &name).expect("verified");
    assert!(damage.is_empty(), "seed {seed}: {damage:?}");
    if kills >= LONG {
        let missed: Vec<_> =
            Point::names().filter(|name| tally.at_points.get(name).is_none_or(|(said, _)| *said == 0)).collect();
        assert!(missed.is_empty(), "seed {seed}: never killed at {missed:?}");
    }
}
