//! `maxsim bench merge`: one report of several.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::load::{Report, merge};

/// Flags of `bench merge`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Reports of processes that ran at the same time: report.json, or what --json printed
    #[arg(required = true, value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// Write report.json and report.html into a folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints and writes the merged report.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let reports = args.reports.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    super::said(&merge(&reports)?, args.json, args.out.as_deref(), &[])
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Report::parse(&text).with_context(|| path.display().to_string())
}
