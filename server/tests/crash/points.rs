//! The fail points of the engine, as configurations that stop the daemon there until it is killed.

use crate::Random;

/// Places that a daemon under load comes by.
const UNDER_LOAD: [&str; 18] = [
    "log.append",
    "log.appended",
    "log.sync",
    "log.synced",
    "log.begin",
    "file.sync",
    "file.rename",
    "sealed.sync",
    "sealed.rename",
    "tombstones.write",
    "manifest.write",
    "publish.opened",
    "publish.done",
    "publish.collect",
    "apply.segment",
    "apply.written",
    "compact.segment",
    "compact.merged",
];
const IN_RECOVERY: [&str; 4] = ["recovery.manifest", "recovery.replayed", "manifest.write", "file.rename"];

/// The next place, to be stopped at when it is come by for the n-th time.
pub(crate) fn under_load(turn: u64, random: &mut Random) -> String {
    let at = usize::try_from(turn).expect("few turns") % UNDER_LOAD.len();
    // What every change comes by is stopped at later than what is rare.
    let passes = if UNDER_LOAD[at].starts_with("compact") { random.below(2) } else { random.below(40) };
    stop(UNDER_LOAD[at], passes)
}

/// The next place in recovery.
pub(crate) fn in_recovery(turn: u64) -> String {
    let at = usize::try_from(turn / 4).expect("few turns") % IN_RECOVERY.len();
    stop(IN_RECOVERY[at], 0)
}

fn stop(point: &str, passes: u64) -> String {
    match passes {
        0 => format!("{point}=pause"),
        _ => format!("{point}={passes}*off->pause"),
    }
}
