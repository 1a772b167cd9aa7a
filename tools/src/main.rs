//! `maxsim`: build, search, serve and evaluate multi-vector indexes.

use std::process::ExitCode;

use clap::Parser;
use maxsimd_tools::cli::Command;

fn main() -> ExitCode {
    let command = Command::parse();
    match command.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}
