//! `maxsimd`: serves the collections of a folder over HTTP.

use std::process::ExitCode;

use clap::Parser;
use maxsimd_server::Flags;

/// Late-interaction search over HTTP: serves the collections of a folder
#[derive(Parser)]
#[command(name = "maxsimd", version)]
struct Command {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    maxsimd_server::main(Command::parse().flags)
}
