//! `maxsim man`: manual pages of maxsim, its subcommands and maxsimd, made of what `--help` says.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;
use maxsimd_server::Program;

use crate::out::stdout;

/// Flags of `man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for the pages, e.g. /usr/local/share/man/man1 [default: print the page of maxsim itself]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Writes or prints them.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let own = crate::cli::Command::command().disable_help_subcommand(true);
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        Man::new(own).render(&mut page)?;
        stdout().write_all(&page)?;
        return Ok(ExitCode::SUCCESS);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for command in [own, Program::command()] {
        clap_mangen::generate_to(command, folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
