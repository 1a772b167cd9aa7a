//! The fail points of the engine, as configurations that stop the daemon there, or say that it came by.

use crate::Random;

/// Printed by a daemon that comes by a point.
pub(crate) const REACHED: &str = "a fail point is reached";

/// Places that a daemon under load comes by, and below how many passes one is let by.
const UNDER_LOAD: [(&str, u64); 23] = [
    ("log.append", 40),
    ("log.appended", 40),
    ("log.sync", 40),
    ("log.synced", 40),
    ("log.begin", 4),
    ("log.forget", 1),
    ("file.sync", 40),
    ("file.rename", 40),
    ("sealed.sync", 40),
    ("sealed.rename", 40),
    ("tombstones.write", 40),
    ("manifest.write", 40),
    ("publish.opened", 40),
    ("publish.done", 40),
    ("publish.collect", 40),
    ("apply.segment", 40),
    ("apply.written", 40),
    ("compact.segment", 2),
    ("compact.merged", 2),
    ("create.manifest", 2),
    ("drop.renamed", 2),
    ("alias.write", 4),
    ("snapshot.file", 8),
];
const IN_RECOVERY: [&str; 5] =
    ["recovery.manifest", "recovery.replayed", "manifest.write", "file.rename", "publish.done"];

/// A place, and what is done there.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) name: &'static str,
    /// For the variable that fail points are configured by.
    pub(crate) action: String,
    /// Whether the daemon says that it came by and goes on; else it stops.
    pub(crate) says: bool,
}

impl Point {
    fn new(name: &'static str, passes: u64, says: bool) -> Self {
        let off = if passes == 0 { String::new() } else { format!("{passes}*off->") };
        let act = if says { format!("1*print({REACHED})->off") } else { "pause".to_owned() };
        Self { name, action: format!("{name}={off}{act}"), says }
    }

    /// The n-th place under load, come by a number of times before. Half of the rounds stop there.
    pub(crate) fn under_load(nth: usize, random: &mut Random) -> Self {
        let (name, passes) = UNDER_LOAD[nth % UNDER_LOAD.len()];
        Self::new(name, random.below(passes), (nth / UNDER_LOAD.len()).is_multiple_of(2))
    }

    /// The n-th place in recovery.
    pub(crate) fn in_recovery(nth: usize) -> Self {
        Self::new(IN_RECOVERY[nth % IN_RECOVERY.len()], 0, (nth / IN_RECOVERY.len()).is_multiple_of(2))
    }

    /// A place that is stopped at when it is come by.
    pub(crate) fn stop(name: &'static str) -> Self {
        Self::new(name, 0, false)
    }

    /// A place that is said to be come by.
    pub(crate) fn say(name: &'static str) -> Self {
        Self::new(name, 0, true)
    }

    /// Nothing can be applied, and it is said when that is taken for final.
    pub(crate) fn failing() -> Self {
        let Self { name, action, says } = Self::say("apply.failure");
        Self { name, action: format!("apply.batch=return;{action}"), says }
    }

    /// Names of all places under load and in recovery.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        UNDER_LOAD.iter().map(|(name, _)| *name).chain(IN_RECOVERY)
    }
}
