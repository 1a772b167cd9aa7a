//! `maxsim bench merge`: one report of several.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::load::merge;

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
    let reports = args.reports.iter().map(|path| super::read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    super::said(&merge(&reports)?, args.json, args.out.as_deref(), &[])
}
