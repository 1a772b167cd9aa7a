//! Logging to stderr.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::ConfigError;

/// Starts logging; once per process, for programs (tests and tools may log as they like).
pub(crate) fn log_to_stderr(filter: &str) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(filter).map_err(|_| ConfigError::LogFilter(filter.to_owned()))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    Ok(())
}
