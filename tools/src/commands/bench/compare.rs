//! `maxsim bench compare`: reports beside each other.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::load::{Named, print_compared, write_compared};
use crate::out::stdout;

/// Flags of `bench compare`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Reports of different modes, settings or servers (report.json), each called as its folder is
    #[arg(required = true, value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// Write compare.html into a folder: quality and p99 against answered requests/s
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints and writes the comparison.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let named = |path: &PathBuf| anyhow::Ok(Named { name: name(path), report: super::read(path)? });
    let named = args.reports.iter().map(named).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(folder) = &args.out {
        write_compared(folder, &named)?;
    }
    print_compared(&mut stdout(), &named, args.json)?;
    Ok(ExitCode::SUCCESS)
}

fn name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    folder.or(path.file_stem()).unwrap_or_default().to_string_lossy().into_owned()
}
