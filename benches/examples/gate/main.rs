//! Instructions that kernels and searches take, against those of benches/gate.json: more than a twentieth more fails.
//!
//! ```sh
//! cargo run --example gate               # compares
//! cargo run --example gate -- --write    # writes what is from now on compared with
//! ```
//!
//! Counted by valgrind, which has no AVX-512: kernels are those for AVX2. Counts do not depend on what else a machine does,
//! but on the compiler; a new one may need new figures.

mod cases;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

/// How much more is too much.
const TOLERANCE: f64 = 0.05;
const KERNELS: &str = "avx2";

/// Instructions of a round, by case.
type Counts = BTreeMap<String, u64>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(&counted()?),
        ["--write"] => Ok(std::fs::write(baseline(), serde_json::to_string_pretty(&counted()?)? + "\n")?),
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

fn compare(counts: &Counts) -> anyhow::Result<()> {
    let path = baseline();
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let before: Counts = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    ensure!(before.keys().eq(counts.keys()), "{}: other cases than there are; --write", path.display());
    let mut slower = Vec::new();
    for (name, &count) in counts {
        let share = count as f64 / before[name].max(1) as f64 - 1.0;
        println!("{name:<24}{count:>14}{:>+9.1} %", 100.0 * share);
        if share > TOLERANCE {
            slower.push(format!(
                "{name} takes {:.1} % more instructions ({} before, {count} now)",
                100.0 * share,
                before[name]
            ));
        }
    }
    ensure!(slower.is_empty(), "{}", slower.join("; "));
    Ok(())
}

/// Counts all cases.
fn counted() -> anyhow::Result<Counts> {
    let folder = tempfile::tempdir()?;
    cases::prepare(folder.path())?;
    let count = |&(name, rounds): &(&str, u64)| {
        // What comes before the rounds is in both.
        let [none, all] = [0, rounds].map(|rounds| instructions(name, folder.path(), rounds));
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
