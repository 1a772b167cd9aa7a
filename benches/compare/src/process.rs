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
        Ok(Self { seconds, cpu_seconds, peak_mib: status_mib("VmHWM:")? })
    }
}

/// One of the memory figures that the kernel keeps of this process.
pub(crate) fn status_mib(name: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let value = status.lines().find_map(|line| line.strip_prefix(name)).context("/proc/self/status")?;
    let kib: f64 = value.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Bytes that this process has had read from disks.
pub(crate) fn bytes_read() -> anyhow::Result<u64> {
    let counts = std::fs::read_to_string("/proc/self/io")?;
    let value = counts.lines().find_map(|line| line.strip_prefix("read_bytes:")).context("/proc/self/io")?;
    Ok(value.trim().parse()?)
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
