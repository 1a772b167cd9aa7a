//! Kills a real daemon with SIGKILL under concurrent upserts, deletions and searches: at random moments, and at every
//! place in the code that is marked as a fail point. After each restart every document is compared with a model:
//! missing, phantom, duplicate, stale or torn ones are losses.
//!
//! `MAXSIMD_KILLS` says how often (50), `MAXSIMD_SEED` which moments. A kill counts only if writes were acknowledged
//! between it and the comparison before it.

mod daemon;
mod load;
mod model;
mod points;

use std::time::Duration;

use daemon::Process;
use load::Load;
use model::Model;

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

/// What was counted over all kills.
#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    without_writes: u64,
    at_points: u64,
    during_recovery: u64,
    acknowledged: u64,
    compared: u64,
    searches: u64,
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_daemon_is_killed() {
    let (kills, seed) = (number("MAXSIMD_KILLS", 50), number("MAXSIMD_SEED", std::process::id().into()));
    let data = tempfile::tempdir().expect("a folder");
    let mut random = Random::new(seed);
    println!("seed {seed}");
    let mut model = Model::new();
    let mut tally = Tally::default();
    Process::start(data.path(), None).create();
    let mut turn = 0;
    while tally.kills < kills {
        turn += 1;
        let point = (turn % 3 != 0).then(|| points::under_load(turn, &mut random));
        let mut process = Process::start(data.path(), point.as_deref());
        let load = Load::start(process.address(), &model, seed.wrapping_add(turn));
        std::thread::sleep(Duration::from_millis(60 + random.below(240)));
        process.kill();
        let done = load.end(&mut model);
        if turn % 4 == 0 {
            // Killed again while it recovers.
            let point = points::in_recovery(turn);
            let mut process = Process::begin(data.path(), Some(&point));
            std::thread::sleep(Duration::from_millis(20 + random.below(150)));
            process.kill();
            tally.kills += u64::from(done.acknowledged > 0);
            tally.during_recovery += u64::from(done.acknowledged > 0);
        }
        match done.acknowledged {
            0 => tally.without_writes += 1,
            _ => tally.kills += 1,
        }
        tally.at_points += u64::from(point.is_some() && done.acknowledged > 0);
        tally.acknowledged += done.acknowledged;
        tally.searches += done.searches;
        let process = Process::start(data.path(), None);
        tally.compared += model.compare(&process, &format!("seed {seed}, turn {turn}, {point:?}"));
    }
    println!("{tally:?}");
    let verified = maxsimd_engine::collection::Store::open(data.path()).expect("a store");
    let name = maxsimd_engine::collection::CollectionName::parse(daemon::COLLECTION).expect("a name");
    let damage = verified.verify(&maxsimd_engine::Context::unbounded(), &name).expect("verified");
    assert!(damage.is_empty(), "seed {seed}: {damage:?}");
}
