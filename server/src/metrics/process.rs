//! What the operating system knows of the process, by the names that Prometheus' clients have for it.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

/// The process at one moment; `None` where there is no `/proc`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Process {
    stat: Option<Stat>,
    open_files: Option<u64>,
    most_files: Option<u64>,
    started: f64,
}

/// Of `/proc/self/stat`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stat {
    minor_faults: u64,
    major_faults: u64,
    cpu_seconds: f64,
    threads: u64,
    virtual_bytes: u64,
    resident_bytes: u64,
}

impl Process {
    /// As it is now.
    pub(super) fn now(started: SystemTime) -> Self {
        let units = (rustix::param::clock_ticks_per_second(), rustix::param::page_size() as u64);
        let stat = fs::read_to_string("/proc/self/stat").ok().and_then(|text| Stat::parse(&text, units));
        let open_files = fs::read_dir("/proc/self/fd").ok().map(|files| files.count().saturating_sub(1) as u64);
        let most_files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let started = started.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        Self { stat, open_files, most_files, started }
    }

    /// Writes all that is known.
    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut gauge = |name, help, value: Option<u64>| match value {
            Some(value) => encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value),
            None => Ok(()),
        };
        let stat = self.stat;
        gauge(
            "resident_memory_bytes",
            "Memory that is resident, with mapped pages",
            stat.map(|stat| stat.resident_bytes),
        )?;
        gauge("virtual_memory_bytes", "Address space", stat.map(|stat| stat.virtual_bytes))?;
        gauge("threads", "Threads", stat.map(|stat| stat.threads))?;
        gauge("open_fds", "Open file descriptors", self.open_files)?;
        gauge("max_fds", "File descriptors that may be open", self.most_files)?;
        let help = "When the daemon started, in seconds since 1970";
        encoder.encode_descriptor("start_time_seconds", help, None, MetricType::Gauge)?.encode_gauge(&self.started)?;
        let Some(stat) = stat else { return Ok(()) };
        let help = "Processor time, in user and system mode";
        let mut cpu = encoder.encode_descriptor("cpu_seconds", help, None, MetricType::Counter)?;
        cpu.encode_counter::<[(&str, &str); 0], f64, u64>(&stat.cpu_seconds, None)?;
        let help = "Pages that were mapped in: minor from memory, major from the disk";
        let mut faults = encoder.encode_descriptor("page_faults", help, None, MetricType::Counter)?;
        for (kind, count) in [("minor", stat.minor_faults), ("major", stat.major_faults)] {
            let label = [("kind", kind)];
            let mut family = faults.encode_family(&label)?;
            family.encode_counter::<[(&str, &str); 0], u64, u64>(&count, None)?;
        }
        Ok(())
    }
}

impl Stat {
    /// Fields of proc_pid_stat(5), counted from behind the name, which may hold anything.
    fn parse(text: &str, (ticks, page): (u64, u64)) -> Option<Self> {
        let (_, behind) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = behind.split_ascii_whitespace().collect();
        // The manual counts from 1, and the state behind the name is the third.
        let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
        Some(Self {
            minor_faults: field(10)?,
            major_faults: field(12)?,
            cpu_seconds: field(14)?.checked_add(field(15)?)? as f64 / ticks.max(1) as f64,
            threads: field(20)?,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)?.checked_mul(page)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_move_the_fields() {
        let text =
            "7 (a) R 9 (b) S 1 7 7 0 -1 4194304 100 0 3 0 250 50 0 0 20 0 12 0 999 4096000 25 18446744073709551615 1";
        let stat = Stat::parse(text, (100, 4096)).expect("all fields");
        assert_eq!((stat.minor_faults, stat.major_faults, stat.threads), (100, 3, 12));
        assert_eq!((stat.cpu_seconds, stat.virtual_bytes, stat.resident_bytes), (3.0, 4_096_000, 102_400));
        assert_eq!(Stat::parse("7 (a) S 1 2", (100, 4096)), None);
        assert_eq!(Stat::parse("", (100, 4096)), None);
    }
}
