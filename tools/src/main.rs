//! The `maxsim` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).filter_map(|a| a.into_string().ok()).collect();
    match arguments.split_first() {
        Some((command, rest)) if command == "extract" => maxsimd_tools::read::extract_child_main(rest),
        _ => ExitCode::from(2),
    }
}
