//! maxsim-cpu in a Python process that waits for its turn.

use std::path::Path;

use anyhow::Context as _;

use crate::python::Python;

const SCRIPT: &str = include_str!("../maxsim_cpu.py");

/// The process, with its vectors loaded.
#[derive(Debug)]
pub(crate) struct MaxsimCpu {
    process: Python,
    /// Sum of all passages' scores.
    pub(crate) total: f64,
}

impl MaxsimCpu {
    /// Starts it on two .npy files of f32, held to one thread.
    pub(crate) fn start(python: &str, query: &Path, vectors: &Path, passage: usize) -> anyhow::Result<Self> {
        let arguments = [query.as_os_str().to_owned(), vectors.as_os_str().to_owned(), passage.to_string().into()];
        let mut process = Python::start((python, SCRIPT, 1), arguments)?;
        let total = number(&process.answer().context("maxsim_cpu.py needs `pip install numpy maxsim-cpu`")?)?;
        Ok(Self { process, total })
    }

    /// Scores all passages so many times; seconds of the whole process on processors.
    pub(crate) fn run(&mut self, scorer: &str, times: usize) -> anyhow::Result<f64> {
        number(&self.process.ask(&format!("{scorer} {times}"))?)
    }
}

fn number(line: &str) -> anyhow::Result<f64> {
    line.trim().parse().with_context(|| format!("maxsim_cpu.py answered {line:?}"))
}
