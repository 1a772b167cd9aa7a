//! What `maxsimd` and `maxsim` do beside serving: settings, keys, and whether a daemon is ready.

mod config;
mod health;
mod keys;

pub use config::ConfigArgs;
pub use health::HealthArgs;
pub use keys::KeysArgs;

use std::io::{self, Write};
use std::process::ExitCode;

/// Prints a text on stdout; whoever reads it may have gone away.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
