//! What was measured on what: the machine, the day, the versions of all engines.

use std::process::Command;

use anyhow::Context as _;

use crate::engines::fast_plaid::Versions;
use crate::engines::next_plaid;

const LOCK: &str = include_str!("../Cargo.lock");

/// Processor, threads, memory, kernel, day and load, in one sentence.
pub(crate) fn machine(threads: usize) -> anyhow::Result<String> {
    let line = |file: &str, key: &str| -> anyhow::Result<String> {
        let text = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
        let found = text.lines().find_map(|line| line.strip_prefix(key));
        Ok(found.unwrap_or_default().trim_start_matches([' ', '\t', ':']).to_owned())
    };
    let kib: f64 = line("/proc/meminfo", "MemTotal:")?.trim_end_matches("kB").trim().parse()?;
    Ok(format!(
        "{}, {threads} threads, {:.0} GiB, Linux {}, {}; load before: {}.",
        line("/proc/cpuinfo", "model name")?,
        kib / f64::from(1 << 20),
        line("/proc/sys/kernel/osrelease", "")?,
        today()?,
        line("/proc/loadavg", "")?.split(' ').next().unwrap_or_default(),
    ))
}

/// The day, in UTC.
pub(crate) fn today() -> anyhow::Result<String> {
    let output = Command::new("date").args(["-u", "+%F"]).output().context("date")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The engines with their versions and the kernels that they run here, in one sentence.
pub(crate) fn engines(fast_plaid: Option<&Versions>) -> String {
    let blas = if cfg!(feature = "openblas") { "OpenBLAS" } else { "no BLAS" };
    let mut all = vec![
        format!("maxsimd {} ({} kernels)", locked("maxsimd-engine"), maxsimd_engine::kernels::best().name()),
        format!("next-plaid {} ({} kernels, {blas})", locked("next-plaid"), next_plaid::kernel()),
    ];
    all.extend(fast_plaid.map(|v| format!("fast-plaid {} (torch {}, on the CPU)", v.fast_plaid, v.torch)));
    all.push(format!("tantivy {}", locked("tantivy")));
    format!("{}.", all.join("; "))
}

/// Version of a package in the lock file that this program was built with.
fn locked(name: &str) -> &'static str {
    let entry = LOCK.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{name}\"\n")));
    let version = entry.and_then(|entry| entry.split_once("version = \"")).and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("of unknown version", |(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_in_the_lock_file() {
        for name in ["maxsimd-engine", "next-plaid", "tantivy"] {
            assert!(locked(name).starts_with(|c: char| c.is_ascii_digit()), "{name}: {}", locked(name));
        }
    }
}
