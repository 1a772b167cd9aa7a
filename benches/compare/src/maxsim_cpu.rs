//! maxsim-cpu in a Python process that waits for its turn.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};

const SCRIPT: &str = include_str!("../maxsim_cpu.py");

/// The process, with its vectors loaded.
#[derive(Debug)]
pub(crate) struct MaxsimCpu {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Sum of all passages' scores.
    pub(crate) total: f64,
}

impl MaxsimCpu {
    /// Starts it on two .npy files of f32, held to one thread.
    pub(crate) fn start(python: &str, query: &Path, vectors: &Path, passage: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", SCRIPT])
            .args([query, vectors])
            .arg(passage.to_string())
            .envs(["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "1")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| python.to_owned())?;
        let orders = child.stdin.take().context("its input")?;
        let answers = BufReader::new(child.stdout.take().context("its output")?);
        let mut process = Self { child, orders, answers, total: 0.0 };
        process.total = process.answer()?;
        Ok(process)
    }

    /// Scores all passages so many times; seconds of the whole process on processors.
    pub(crate) fn run(&mut self, scorer: &str, times: usize) -> anyhow::Result<f64> {
        writeln!(self.orders, "{scorer} {times}")?;
        self.orders.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> anyhow::Result<f64> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "maxsim_cpu.py ended; it needs `pip install numpy maxsim-cpu`");
        line.trim().parse().with_context(|| format!("maxsim_cpu.py answered {line:?}"))
    }
}

impl Drop for MaxsimCpu {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left of it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
