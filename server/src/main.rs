//! `maxsimd`: serves the collections of a folder over HTTP.

use std::process::ExitCode;

use clap::Parser;
use maxsimd_server::Flags;
use maxsimd_server::generators::managed;

/// Late-interaction search over HTTP: serves the collections of a folder
#[derive(Parser)]
#[command(name = "maxsimd", version)]
struct Command {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    if let Some(code) = managed::enter(std::env::args_os()) {
        return code;
    }
    maxsimd_server::main(Command::parse().flags)
}
