//! Processes of their own: builds whose time and memory are counted apart, and libraries held to one thread.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::process_seconds;

/// What a process took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// Largest resident memory, with mapped files, as the kernel counts it.
    pub(crate) peak_mib: f64,
}

impl Usage {
    /// Runs work and says what this process took from its start.
    pub(crate) fn of(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let start = Instant::now();
        work()?;
        let seconds = start.elapsed().as_secs_f64();
        let cpu_seconds = process_seconds();
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("/proc/self/status")?;
        let kib: f64 = peak.trim().trim_end_matches("kB").trim().parse()?;
        Ok(Self { seconds, cpu_seconds, peak_mib: kib / 1024.0 })
    }
}

/// Runs this program again with other arguments and reads the JSON that it prints.
pub(crate) fn child<T: DeserializeOwned>(arguments: &[&str]) -> anyhow::Result<T> {
    reported(Command::new(std::env::current_exe()?).args(arguments).stderr(Stdio::inherit()))
}

/// Runs a program and reads the JSON that it prints.
pub(crate) fn reported<T: DeserializeOwned>(command: &mut Command) -> anyhow::Result<T> {
    let output = command.output()?;
    let what =
        || command.get_args().map(|a| a.to_string_lossy()).filter(|a| !a.contains('\n')).collect::<Vec<_>>().join(" ");
    ensure!(output.status.success(), "{} failed", what());
    serde_json::from_slice(&output.stdout).with_context(|| format!("what {} printed", what()))
}

/// Starts this program anew with BLAS held to one thread, unless it is: BLAS reads that once, when it is loaded, and the
/// peer's own threads split the work above it.
pub(crate) fn hold_blas_to_one_thread() -> anyhow::Result<()> {
    const NAME: &str = "OPENBLAS_NUM_THREADS";
    if std::env::var_os(NAME).is_some_and(|value| value == "1") {
        return Ok(());
    }
    let error = Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).env(NAME, "1").exec();
    Err(error).context("starting anew")
}
