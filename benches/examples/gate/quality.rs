//! Quality on small data: of every mode on the example corpus with its questions, and of pruning on the collection that is
//! counted, since the example corpus is too small to be pruned.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use maxsimd_engine::search::Mode;
use serde_json::Value;

use crate::cases;

const MODES: &str = "late,exact,bm25,hybrid";
const FIGURES: [&str; 2] = ["ndcg_at_10", "recall_at_5"];
const SEARCHES: usize = 50;

/// All figures by their names.
pub(crate) fn measured(counted: &Path) -> anyhow::Result<BTreeMap<String, f64>> {
    let mut figures = of_the_example_corpus()?;
    figures.insert("late, of exhaustive's ten".to_owned(), of_pruning(counted)?);
    Ok(figures)
}

/// What `maxsim eval` says.
fn of_the_example_corpus() -> anyhow::Result<BTreeMap<String, f64>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let folder = tempfile::tempdir()?;
    let collection = ["--collection", "examples", "--keep-vectors", "--json"];
    maxsim(&["build", "--input"], &fixtures.join("corpus"), folder.path(), &collection)?;
    let ways = ["--collection", "examples", "--mode", MODES, "--json"];
    let report = maxsim(&["eval", "--dataset"], &fixtures.join("questions"), folder.path(), &ways)?;
    let mut figures = BTreeMap::new();
    for run in report["runs"].as_array().context("eval reports no runs")? {
        for figure in FIGURES {
            let value = run[figure].as_f64().with_context(|| format!("eval reports no {figure}"))?;
            figures.insert(format!("{} {figure}", run["mode"].as_str().unwrap_or_default()), value);
        }
    }
    Ok(figures)
}

/// Runs the program that `cargo build` left beside this one, and reads what it prints.
fn maxsim(command: &[&str], input: &Path, data: &Path, flags: &[&str]) -> anyhow::Result<Value> {
    let program = std::env::current_exe()?.parent().and_then(Path::parent).map(|folder| folder.join("maxsim"));
    let program: PathBuf = program.context("this program is in no folder")?;
    ensure!(program.exists(), "{} is missing: run `cargo build` first", program.display());
    let mut run = Command::new(program);
    let ran = run.args(command).arg(input).arg("--data").arg(data).args(flags).output()?;
    ensure!(ran.status.success(), "maxsim {}: {}", command.join(" "), String::from_utf8_lossy(&ran.stderr));
    Ok(serde_json::from_slice(&ran.stdout)?)
}

/// Share of exhaustive's hits that `late` finds.
fn of_pruning(data: &Path) -> anyhow::Result<f64> {
    let [late, all] = [Mode::Late, Mode::Exhaustive].map(|mode| cases::hits(mode, data, SEARCHES));
    let (late, all) = (late?, all?);
    let found =
        late.iter().zip(&all).map(|(late, all)| all.iter().filter(|id| late.contains(id)).count()).sum::<usize>();
    Ok(found as f64 / all.iter().map(Vec::len).sum::<usize>().max(1) as f64)
}
