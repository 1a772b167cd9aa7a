//! `maxsimd`: serves the collections of a folder over HTTP.

use std::process::ExitCode;

use maxsimd_server::generators::managed;
use maxsimd_server::{Program, config, keep_runtime_quiet};

fn main() -> ExitCode {
    keep_runtime_quiet();
    if let Some(code) = managed::enter(std::env::args_os()) {
        return code;
    }
    config::parse::<Program>().run()
}
