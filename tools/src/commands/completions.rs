//! `maxsim completions`: a completion script for a shell.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use maxsimd_server::Program;

use crate::out::stdout;

/// Flags of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
    /// The program that is completed
    #[arg(long, value_enum, default_value = "maxsim")]
    of: Of,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Of {
    Maxsim,
    Maxsimd,
}

/// Prints the script.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (mut command, name) = match args.of {
        Of::Maxsim => (crate::cli::Command::command(), "maxsim"),
        Of::Maxsimd => (Program::command(), "maxsimd"),
    };
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
