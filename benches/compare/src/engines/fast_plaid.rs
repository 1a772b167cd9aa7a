//! fast-plaid on the CPU, in Python processes of its own.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::Engine;
use crate::process::{self, Usage};
use crate::python::{self, Python};
use crate::queries::Query;
use crate::searcher::Spent;

const SCRIPT: &str = include_str!("../../fast_plaid.py");

/// What it is, and what it computes with.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Versions {
    #[serde(rename = "fast-plaid")]
    pub(crate) fast_plaid: String,
    pub(crate) torch: String,
}

/// Its versions, or why a Python does not run it.
pub(crate) fn versions(python: &str) -> Result<Versions, String> {
    let output = python::command(python, SCRIPT, 1).arg("versions").output().map_err(|e| format!("{python}: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given").to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())
}

/// Builds an index from a folder of projected vectors, in a process of its own.
pub(crate) fn build(python: &str, (vectors, index): (&Path, &Path), bits: u8, threads: usize) -> anyhow::Result<Usage> {
    let mut command = python::command(python, SCRIPT, threads);
    command.arg("build").args([vectors, index]).arg(bits.to_string());
    process::reported(command.stderr(Stdio::inherit()))
}

/// An index with the judged queries, once for each number of threads that it was asked with.
pub(crate) struct FastPlaid {
    python: String,
    arguments: Vec<OsString>,
    processes: Vec<(usize, Python)>,
}

#[derive(Deserialize)]
struct Answer {
    spent: Spent,
    passages: Vec<u32>,
}

impl FastPlaid {
    pub(crate) fn open(python: &str, index: &Path, (projected, queries): (&Path, &[Query])) -> anyhow::Result<Self> {
        let mut arguments: Vec<OsString> = vec!["serve".into(), index.into(), projected.into()];
        arguments.extend(queries.iter().map(|query| query.number.to_string().into()));
        let mut opened = Self { python: python.to_owned(), arguments, processes: Vec::new() };
        opened.process(1)?;
        Ok(opened)
    }

    /// The process with so many threads, started if there is none.
    fn process(&mut self, threads: usize) -> anyhow::Result<&mut Python> {
        let at = match self.processes.iter().position(|(of, _)| *of == threads) {
            Some(at) => at,
            None => {
                let mut process = Python::start((&self.python, SCRIPT, threads), &self.arguments)?;
                process.answer().context("fast_plaid.py")?;
                self.processes.push((threads, process));
                self.processes.len() - 1
            }
        };
        Ok(&mut self.processes[at].1)
    }

    fn ask(&mut self, threads: usize, order: &str) -> anyhow::Result<Answer> {
        let line = self.process(threads)?.ask(order)?;
        serde_json::from_str(&line).with_context(|| format!("fast_plaid.py answered {line:?}"))
    }
}

impl Engine for FastPlaid {
    fn search(&mut self, query: usize, k: usize) -> anyhow::Result<(Spent, Vec<u32>)> {
        let answer = self.ask(1, &format!("one {query} {k}"))?;
        Ok((answer.spent, answer.passages))
    }

    fn ways(&self) -> &'static [&'static str] {
        &["its own batches of one thread each", "its own batches"]
    }

    fn pass(&mut self, way: usize, k: usize, threads: usize) -> anyhow::Result<Spent> {
        let each = match way {
            0 => 1,
            1 => threads,
            _ => bail!("fast-plaid has no way {way}"),
        };
        Ok(self.ask(each, &format!("all {k}"))?.spent)
    }
}
