//! `maxsimd`: serves the collections of a folder over HTTP.

use std::process::ExitCode;

use maxsimd_server::generators::managed;
use maxsimd_server::{Program, config, preset_variables};

fn main() -> ExitCode {
    preset_variables();
    if let Some(code) = managed::enter(std::env::args_os()) {
        return code;
    }
    config::parse::<Program>().run()
}
