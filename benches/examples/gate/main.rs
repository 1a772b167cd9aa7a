//! What a change must not lose: instructions of kernels and searches, and quality on small data, against benches/gate.json.
//!
//! ```sh
//! cargo build && cargo run --example gate               # compares; more than a twentieth worse fails
//! cargo build && cargo run --example gate -- --write    # writes what is from now on compared with
//! ```
//!
//! Instructions are counted by valgrind, which has no AVX-512: kernels are those for AVX2. Counts do not depend on what else
//! a machine does, but on the compiler; a new one may need new figures.

mod cases;
mod quality;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

/// How much worse is too much.
const TOLERANCE: f64 = 0.05;
const KERNELS: &str = "avx2";

/// What is measured, and what is compared with.
#[derive(Serialize, Deserialize)]
struct Figures {
    /// Instructions of a round, by case: fewer are better.
    instructions: BTreeMap<String, u64>,
    /// Shares, by what they are of: more are better.
    quality: BTreeMap<String, f64>,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(&Figures::measured()?),
        ["--write"] => Ok(std::fs::write(baseline(), serde_json::to_string_pretty(&Figures::measured()?)? + "\n")?),
        ["--case", name, data, rounds] => {
            maxsimd_engine::kernels::force(KERNELS)?;
            cases::run(name, Path::new(data), rounds.parse()?)
        }
        _ => bail!("usage: gate [--write]"),
    }
}

fn baseline() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("gate.json")
}

impl Figures {
    fn measured() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        cases::CLUSTERS.build(folder.path())?;
        Ok(Self { instructions: counted(folder.path())?, quality: quality::measured(folder.path())? })
    }
}

fn compare(now: &Figures) -> anyhow::Result<()> {
    let path = baseline();
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let before: Figures = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let same = before.instructions.keys().eq(now.instructions.keys()) && before.quality.keys().eq(now.quality.keys());
    ensure!(same, "{}: other figures than there are; --write", path.display());
    let mut worse = Vec::new();
    for (name, &count) in &now.instructions {
        let share = count as f64 / before.instructions[name].max(1) as f64 - 1.0;
        println!("{name:<40}{count:>14}{:>+9.1} %", 100.0 * share);
        if share > TOLERANCE {
            let before = before.instructions[name];
            worse.push(format!("{name} takes {:.1} % more instructions ({before} before, {count} now)", 100.0 * share));
        }
    }
    for (name, &value) in &now.quality {
        let share = value / before.quality[name] - 1.0;
        println!("{name:<40}{value:>14.4}{:>+9.1} %", 100.0 * share);
        if share < -TOLERANCE {
            worse.push(format!(
                "{name} lost {:.1} % ({:.4} before, {value:.4} now)",
                -100.0 * share,
                before.quality[name]
            ));
        }
    }
    ensure!(worse.is_empty(), "{}", worse.join("; "));
    Ok(())
}

/// Instructions of all cases.
fn counted(data: &Path) -> anyhow::Result<BTreeMap<String, u64>> {
    let count = |&(name, rounds): &(&str, u64)| {
        // What comes before the rounds is in both.
        let [none, all] = [0, rounds].map(|rounds| instructions(name, data, rounds));
        Ok((name.to_owned(), all?.saturating_sub(none?) / rounds))
    };
    cases::CASES.iter().map(count).collect()
}

/// Instructions of a whole run, as valgrind counts them.
fn instructions(name: &str, data: &Path, rounds: u64) -> anyhow::Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?);
    let ran = command.args(["--case", name]).arg(data).arg(rounds.to_string()).output().context("valgrind")?;
    let told = String::from_utf8_lossy(&ran.stderr);
    ensure!(ran.status.success(), "{name}: {told}");
    let count = told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.with_context(|| format!("{name}: valgrind told no count: {told}"))
}
