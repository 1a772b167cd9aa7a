//! A report as a folder: `report.json`, `report.html`, and an interval log for the tools of HdrHistogram.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder, Tag};

use super::distribution::histogram;
use super::{LoadError, Measured, Report, page};

const INTERVAL: Duration = Duration::from_secs(1);
/// Of nanoseconds, in the log's column of maxima: milliseconds.
const DIVISOR: f64 = 1e6;

type Writer<'a, 'b> = IntervalLogWriter<'a, 'b, BufWriter<File>, V2DeflateSerializer>;

/// Writes all of them; runs are those of the report, or none if it is merged and has no log.
pub fn write(folder: &Path, report: &Report, runs: &[Measured]) -> Result<(), LoadError> {
    std::fs::create_dir_all(folder)?;
    let json = serde_json::to_vec(report).map_err(|error| LoadError::Report(error.to_string()))?;
    std::fs::write(folder.join("report.json"), json)?;
    std::fs::write(folder.join("report.html"), page::html(report)?)?;
    match runs.first() {
        Some(first) => log(&folder.join("latencies.hlog"), runs, first.started_at),
        None => Ok(()),
    }
}

/// Latencies of each second in which they were meant to begin; runs follow each other by the clock.
fn log(path: &Path, runs: &[Measured], base: SystemTime) -> Result<(), LoadError> {
    let (mut out, mut serializer) = (BufWriter::new(File::create(path)?), V2DeflateSerializer::new());
    let mut builder = IntervalLogWriterBuilder::new();
    builder
        .add_comment("nanoseconds from the intended send, by the second of it")
        .with_start_time(base)
        .with_base_time(base);
    let mut log = builder.with_max_value_divisor(DIVISOR).begin_log_with(&mut out, &mut serializer)?;
    for (number, run) in runs.iter().enumerate() {
        let tag = (runs.len() > 1).then(|| format!("run{number}"));
        intervals(&mut log, run, base, tag.as_deref())?;
    }
    Ok(out.flush()?)
}

fn intervals(log: &mut Writer<'_, '_>, run: &Measured, base: SystemTime, tag: Option<&str>) -> Result<(), LoadError> {
    let offset = run.started_at.duration_since(base).unwrap_or_default();
    let mut samples: Vec<_> = run.samples.iter().map(|sample| (sample.at, sample.latency)).collect();
    samples.sort_unstable();
    for second in samples.chunk_by(|a, b| a.0.as_secs() == b.0.as_secs()) {
        let begin = offset + Duration::from_secs(second[0].0.as_secs());
        let histogram = histogram(second.iter().map(|(_, latency)| *latency))?;
        interval(log, &histogram, begin, tag.and_then(Tag::new))?;
    }
    Ok(())
}

fn interval(
    log: &mut Writer<'_, '_>,
    of: &Histogram<u64>,
    begin: Duration,
    tag: Option<Tag<'_>>,
) -> Result<(), LoadError> {
    log.write_histogram(of, begin, INTERVAL, tag).map_err(|error| LoadError::Report(error.to_string()))
}
