//! `maxsim serve`: the daemon in this process.

use std::process::ExitCode;

use maxsimd_server::Flags;

/// Flags of `serve`: those of `maxsimd`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Serves until SIGTERM or SIGINT.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    Ok(maxsimd_server::main(args.flags))
}
