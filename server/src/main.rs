//! `maxsimd`: serves the collections of a folder over HTTP.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use maxsimd_server::{Flags, run};
use tracing_subscriber::EnvFilter;

/// Late-interaction search over HTTP: serves the collections of a folder
#[derive(Parser)]
#[command(name = "maxsimd", version)]
struct Command {
    #[command(flatten)]
    flags: Flags,
    /// What is logged to stderr, e.g. `warn` or `maxsimd_server=debug`
    #[arg(long, value_name = "FILTER", env = "MAXSIMD_LOG", default_value = "info")]
    log: String,
}

fn main() -> ExitCode {
    let command = Command::parse();
    let Ok(filter) = EnvFilter::try_new(&command.log) else {
        eprintln!("error: {:?} is no log filter such as info or maxsimd_server=debug", command.log);
        return ExitCode::from(2);
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    let config = match command.flags.into_config() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match run(config, |_| ()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}
