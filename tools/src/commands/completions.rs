//! `maxsim completions`: a completion script for a shell.

use std::process::ExitCode;

use clap::CommandFactory;

/// Flags of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    clap_complete::generate(args.shell, &mut crate::cli::Command::command(), "maxsim", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
