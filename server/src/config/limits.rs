//! Bounds that keep one client from taking the daemon away from the others, and their flags.

use std::time::Duration;

const MIB: usize = 1024 * 1024;
/// Bytes of a request's body.
pub(crate) const BODY_BYTES: usize = 32 * MIB;
const MOST_BODY_MIB: u64 = 32;
/// Most seconds that a client may take over anything.
const MOST_SECONDS: u64 = 3600;

/// Bounds that keep one client from taking the daemon away from the others.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections served at once; more wait in the kernel's backlog.
    pub connections: usize,
    /// Time for a request's head to arrive, and for a connection to be idle.
    pub header_timeout: Duration,
    /// Time for a request's body to arrive.
    pub body_timeout: Duration,
    /// Time in which a client has to take some more of its reply.
    pub write_timeout: Duration,
    /// Time from a request's head to the head of its reply, whatever it asks for.
    pub total_timeout: Duration,
    /// Bytes of one body.
    pub body_bytes: usize,
    /// Bytes of all bodies above 64 KiB together.
    pub body_memory: usize,
    /// Deadline of a search that names none.
    pub deadline: Duration,
    /// Time for which a daemon that stops says so at `/readyz` and still accepts connections.
    pub drain_notice: Duration,
    /// Time that requests in flight get when the daemon stops.
    pub drain: Duration,
    /// How often the data folder is looked at for new generations, and the files of keys and of the certificate for changes.
    pub watch_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(3600),
            body_bytes: BODY_BYTES,
            body_memory: 256 * MIB,
            deadline: Duration::from_secs(30),
            drain_notice: Duration::ZERO,
            drain: Duration::from_secs(20),
            watch_every: Duration::from_millis(250),
        }
    }
}

/// Their flags.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// Connections served at once
    #[arg(long, value_name = "N", env = "MAXSIMD_CONNECTIONS", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=65536))]
    pub connections: u64,
    /// Mebibytes of a request's body, also when it is decoded
    #[arg(long, value_name = "N", env = "MAXSIMD_BODY_MIB", default_value_t = MOST_BODY_MIB, value_parser = clap::value_parser!(u64).range(1..=MOST_BODY_MIB))]
    pub body_mib: u64,
    /// Seconds for a request's head to arrive, and for a connection to be idle
    #[arg(long, value_name = "N", env = "MAXSIMD_HEADER_SECONDS", default_value_t = 30, value_parser = seconds())]
    pub header_seconds: u64,
    /// Seconds for a request's body to arrive
    #[arg(long, value_name = "N", env = "MAXSIMD_BODY_SECONDS", default_value_t = 30, value_parser = seconds())]
    pub body_seconds: u64,
    /// Seconds in which a client has to take some more of its reply
    #[arg(long, value_name = "N", env = "MAXSIMD_WRITE_SECONDS", default_value_t = 30, value_parser = seconds())]
    pub write_seconds: u64,
    /// Seconds that a search gets that names no deadline
    #[arg(long, value_name = "N", env = "MAXSIMD_DEADLINE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub deadline_seconds: u64,
    /// Seconds from a request's head to that of its reply, whatever it asks for
    #[arg(long, value_name = "N", env = "MAXSIMD_TOTAL_SECONDS", default_value_t = MOST_SECONDS, value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub total_seconds: u64,
    /// Seconds for which a daemon that was told to stop is not ready and still accepts connections, so that whoever sends
    /// requests here learns of it first; for behind a load balancer, two of its checks and a second
    #[arg(long, value_name = "N", env = "MAXSIMD_DRAIN_NOTICE_SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=MOST_SECONDS))]
    pub drain_notice_seconds: u64,
    /// Seconds that requests in flight get when the daemon stops
    #[arg(long, value_name = "N", env = "MAXSIMD_DRAIN_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=MOST_SECONDS))]
    pub drain_seconds: u64,
}

fn seconds() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=MOST_SECONDS)
}

impl LimitFlags {
    pub(super) fn limits(&self) -> Limits {
        let bytes = |mib: u64| usize::try_from(mib).map_or(BODY_BYTES, |mib| mib.saturating_mul(MIB));
        Limits {
            connections: usize::try_from(self.connections).unwrap_or(usize::MAX),
            body_bytes: bytes(self.body_mib),
            header_timeout: Duration::from_secs(self.header_seconds),
            body_timeout: Duration::from_secs(self.body_seconds),
            write_timeout: Duration::from_secs(self.write_seconds),
            deadline: Duration::from_secs(self.deadline_seconds),
            total_timeout: Duration::from_secs(self.total_seconds),
            drain_notice: Duration::from_secs(self.drain_notice_seconds),
            drain: Duration::from_secs(self.drain_seconds),
            ..Limits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        limits: LimitFlags,
    }

    #[test]
    fn flags_that_are_not_given_are_the_limits_of_a_daemon_that_was_not_told_any() {
        let told = Command::parse_from(["maxsimd"]).limits.limits();
        assert_eq!(format!("{told:?}"), format!("{:?}", Limits::default()));
    }

    #[test]
    fn every_number_has_a_most_and_a_least() {
        for name in ["connections", "body-mib", "header-seconds", "body-seconds", "write-seconds", "total-seconds"] {
            for value in ["0", "-1", "1e3", "86401000", "18446744073709551616", ""] {
                assert!(Command::try_parse_from(["maxsimd", &format!("--{name}={value}")]).is_err(), "{name} {value}");
            }
        }
        assert!(Command::try_parse_from(["maxsimd", "--drain-seconds=0"]).is_ok());
        assert!(Command::try_parse_from(["maxsimd", "--deadline-seconds=601"]).is_err());
    }
}
