//! Logging to stderr: how, what, and which requests are slow.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use axum::http::Method;
use maxsimd_engine::Timings;
use tracing_subscriber::EnvFilter;

use crate::config::ConfigError;

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// An object a line, for programs
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Logs")]
pub struct LogFlags {
    /// What is logged to stderr, e.g. warn or maxsimd_server=debug
    #[arg(long = "log", value_name = "FILTER", env = "MAXSIMD_LOG", default_value = "info")]
    pub filter: String,
    /// How lines of the log look
    #[arg(long, value_enum, value_name = "FORMAT", env = "MAXSIMD_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Milliseconds from which a request is logged as slow, with where its time went; 0 for none
    #[arg(long, value_name = "N", env = "MAXSIMD_SLOW_MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(0..=3_600_000))]
    pub slow_ms: u64,
    /// Log the texts of slow searches and questions, too
    #[arg(long, env = "MAXSIMD_SLOW_TEXTS")]
    pub slow_texts: bool,
}

/// Which requests are logged as slow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slow {
    /// Those that take so long; none if there is no bound.
    pub from: Option<Duration>,
    /// With what was asked.
    pub texts: bool,
}

impl LogFlags {
    /// Which requests are slow.
    pub fn slow(&self) -> Slow {
        let from = Some(self.slow_ms).filter(|ms| *ms > 0).map(Duration::from_millis);
        Slow { from, texts: self.slow_texts }
    }
}

/// What was asked, for the log of slow requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted {
    /// Collections, with commas between.
    pub(crate) collections: String,
    /// Mode or technique.
    pub(crate) how: &'static str,
    pub(crate) k: usize,
    /// Only where texts are to be logged.
    pub(crate) text: Option<String>,
}

/// A request that has come to its end, for the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    /// The caller's, if it is known.
    pub(crate) key: Option<&'a str>,
    pub(crate) id: &'a str,
    pub(crate) spent: Duration,
    pub(crate) timings: Option<&'a Timings>,
}

impl Ended<'_> {
    pub(crate) fn us(&self) -> u64 {
        u64::try_from(self.spent.as_micros()).unwrap_or(u64::MAX)
    }
}

/// Whether the log can be started so.
pub(crate) fn check(flags: &LogFlags) -> Result<(), ConfigError> {
    filter(flags).map(drop)
}

fn filter(flags: &LogFlags) -> Result<EnvFilter, ConfigError> {
    EnvFilter::try_new(&flags.filter).map_err(|_| ConfigError::LogFilter(flags.filter.clone()))
}

impl Slow {
    /// What was asked, if it may turn out to be slow.
    pub(crate) fn note(
        self,
        collections: &[&str],
        (how, k): (&'static str, usize),
        text: impl FnOnce() -> String,
    ) -> Option<Noted> {
        let text = || self.texts.then(text);
        self.from.map(|_| Noted { collections: collections.join(","), how, k, text: text() })
    }

    /// Logs a request if it was slow.
    pub(crate) fn tell(self, ended: &Ended<'_>, noted: Option<Noted>) {
        if self.from.is_none_or(|from| ended.spent < from) {
            return;
        }
        let Ended { method, route, status, key, id, .. } = *ended;
        let Noted { collections, how, k, text } = noted.unwrap_or_default();
        let stages = ended.timings.map(stages).unwrap_or_default();
        tracing::warn!(%method, route, status, us = ended.us(), key, collections, how, k, text, stages, id, "slow request");
    }
}

/// Where the time went.
fn stages(timings: &Timings) -> String {
    let stages = timings.iter().map(|(stage, spent)| format!("{} {:.1} ms", stage.name(), spent.as_secs_f64() * 1e3));
    stages.collect::<Vec<_>>().join(", ")
}

/// Starts logging; once per process, for programs (tests and tools may log as they like).
pub(crate) fn log_to_stderr(flags: &LogFlags) -> Result<(), ConfigError> {
    let filter = filter(flags)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(false);
    match flags.log_format {
        LogFormat::Text => log.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
    Ok(())
}
