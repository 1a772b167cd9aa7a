//! `maxsim serve`: the daemon in this process.

use std::process::ExitCode;

use maxsimd_server::Flags;

/// Flags of `serve`: those of `maxsimd`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Serves until SIGTERM or SIGINT. Flags that contradict each other are a usage error.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    maxsimd_server::log_to_stderr("info");
    let config = match args.flags.into_config() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    maxsimd_server::run(config, |address| eprintln!("listening on http://{address}"))?;
    Ok(ExitCode::SUCCESS)
}
