//! A Python process that waits for its turn: a line in, a line out.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};

/// Variables by which numeric libraries are told how many threads to use.
const THREADS: [&str; 4] = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"];

/// A command that runs a script, held to so many threads.
pub(crate) fn command(python: &str, script: &str, threads: usize) -> Command {
    let mut command = Command::new(python);
    command.args(["-c", script]).envs(THREADS.map(|name| (name, threads.to_string())));
    command
}

/// The process.
#[derive(Debug)]
pub(crate) struct Python {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts a script with arguments.
    pub(crate) fn start(
        (python, script, threads): (&str, &str, usize),
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> anyhow::Result<Self> {
        let mut command = command(python, script, threads);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| python.to_owned())?;
        let orders = child.stdin.take().context("its input")?;
        let answers = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self { child, orders, answers })
    }

    /// Gives an order and waits for the answer.
    pub(crate) fn ask(&mut self, order: &str) -> anyhow::Result<String> {
        writeln!(self.orders, "{order}")?;
        self.orders.flush()?;
        self.answer()
    }

    /// The next line that it prints.
    pub(crate) fn answer(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the Python process ended; what it said stands above");
        Ok(line)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left of it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
