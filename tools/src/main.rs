//! `maxsim`: build, search, serve and evaluate multi-vector indexes.

use std::process::ExitCode;

use maxsimd_server::generators::managed;
use maxsimd_tools::cli::Command;
use maxsimd_tools::out;

fn main() -> ExitCode {
    maxsimd_server::preset_variables();
    if let Some(code) = managed::enter(std::env::args_os()) {
        return code;
    }
    let command: Command = maxsimd_server::config::parse();
    match command.run() {
        Ok(code) => code,
        Err(error) if out::reader_gone(&error) => ExitCode::from(out::READER_GONE),
        Err(error) => {
            eprintln!("error: {}", message(&error));
            ExitCode::from(1)
        }
    }
}

/// The error and its causes, each said once (some errors say their cause themselves).
fn message(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |message, cause| match (message.is_empty(), cause.to_string()) {
        (true, cause) => cause,
        (false, cause) if message.contains(&cause) => message,
        (false, cause) => format!("{message}: {cause}"),
    })
}
