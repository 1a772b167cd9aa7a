//! Processes as the system shows them; the tools' tests look the same way.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// What no wait of a test comes near.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Processes whose command line has a path in a folder.
pub(crate) fn running(folder: &Path) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let named = |process: &u32| {
        fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| {
            String::from_utf8_lossy(&line).split('\0').any(|word| Path::new(word).starts_with(folder))
        })
    };
    processes.filter(named).collect()
}

/// Looks until something is so; whether it became so.
pub(crate) fn until(most: Duration, is_so: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > most {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Ends a process that can do nothing about it.
pub(crate) fn kill(process: u32) {
    kill_process(Pid::from_raw(process.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
}
