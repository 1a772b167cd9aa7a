//! Reading a log: what it holds, and whether anything is missing that was acknowledged.

use std::path::{Path, PathBuf};

use super::torn::is_torn;
use super::{EXTENSION, LogFile, name, numbers};
use crate::format::{self, LOG_HEADER, Record, RecordKind, read_log_header};
use crate::{Error, Result};

/// Where a replayed log goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) files: Vec<LogFile>,
    /// Number of the next operation.
    pub(crate) next: u64,
}

/// What is known of a log before it is read.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// The newest operation that a generation holds.
    applied: u64,
    /// Damage among operations up to this one is passed over.
    forgiven: u64,
}

/// One file while it is read.
struct Reading<'a> {
    path: PathBuf,
    bytes: &'a [u8],
    /// Number of the next operation.
    next: u64,
    /// Number from which on the next file has the operations.
    end: Option<u64>,
    known: Known,
}

/// Hands every record that counts to `visit`, oldest first. A record at the very end that is not whole was never
/// acknowledged. Damage is an error only where an operation above `applied` may be lost.
pub(crate) fn replay(folder: &Path, applied: u64, mut visit: impl FnMut(Record) -> Result<()>) -> Result<Replayed> {
    read(folder, Known { applied, forgiven: applied }, &mut visit)
}

/// Fails at any damage but a last record that is not whole and not applied.
pub(crate) fn verify(folder: &Path, applied: u64) -> Result<()> {
    read(folder, Known { applied, forgiven: 0 }, &mut |_| Ok(())).map(drop)
}

/// The number of the newest operation that a log has, 0 without any.
pub(crate) fn last_number(folder: &Path) -> Result<u64> {
    Ok(read(folder, Known { applied: 0, forgiven: u64::MAX }, &mut |_| Ok(()))?.next - 1)
}

/// The failures in a file of the log, as bytes, that are of operations below a number.
pub(super) fn failures(path: &Path, below: u64) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    let (mut at, mut found) = (LOG_HEADER, Vec::new());
    while let Some((record, length)) = bytes.get(at..).and_then(Record::read) {
        if record.kind == RecordKind::Failure && record.number < below {
            found.extend_from_slice(&bytes[at..at + length]);
        }
        at += length;
    }
    Ok(found)
}

fn read(folder: &Path, known: Known, visit: &mut dyn FnMut(Record) -> Result<()>) -> Result<Replayed> {
    let Known { applied, forgiven } = known;
    let firsts = numbers(folder)?;
    let mut files = Vec::with_capacity(firsts.len());
    // Files before the first one are forgotten only once they are applied.
    let mut next = firsts.first().map_or(applied + 1, |&first| first.min(applied + 1));
    for (at, &first) in firsts.iter().enumerate() {
        let path = folder.join(name(first));
        if first > next && first - 1 > forgiven {
            return Err(damaged(&path, "start", &format!("operation {next} before it"), &format!("{first}")));
        }
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        files.push(LogFile { first, bytes: bytes.len() as u64 });
        let end = firsts.get(at + 1).copied();
        let mut reading = Reading { path, bytes: &bytes, next: first, end, known };
        reading.read(visit)?;
        next = reading.next;
    }
    if let Some(last) = firsts.last().filter(|_| next <= applied && applied > forgiven) {
        let (expected, found) = (format!("operations up to {applied}"), format!("up to {}", next - 1));
        return Err(damaged(&folder.join(name(*last)), "end", &expected, &found));
    }
    Ok(Replayed { files, next: next.max(applied + 1) })
}

impl Reading<'_> {
    fn read(&mut self, visit: &mut dyn FnMut(Record) -> Result<()>) -> Result<()> {
        match read_log_header(self.bytes) {
            Some((version, _)) if version != format::VERSION => {
                let path = self.path.clone();
                return Err(Error::Version { path, found: version, supported: format::VERSION });
            }
            Some((_, first)) if first == self.next => {}
            _ if self.is_forgiven() => return Ok(()),
            // A header is durable before the file has its name.
            _ => {
                let found = format!("{} bytes", self.bytes.len());
                return Err(self.damaged("header", &format!("a header for operation {}", self.next), &found));
            }
        }
        let bytes = self.bytes;
        let mut at = LOG_HEADER;
        while at < bytes.len() {
            let Some((record, length)) = Record::read(&bytes[at..]) else {
                match self.pass_over(at)? {
                    Some(place) => at = place,
                    None => return Ok(()),
                }
                continue;
            };
            at += length;
            let expected = match record.kind {
                RecordKind::Change => record.number == self.next,
                RecordKind::Failure => record.number < self.next,
            };
            if !expected {
                let found = format!("operation {}", record.number);
                return Err(self.damaged("records", &format!("operation {}", self.next), &found));
            }
            if self.is_void(record.number) {
                // It could not be synced, and its number was given again.
                return Ok(());
            }
            visit(record)?;
            self.next += u64::from(record.kind == RecordKind::Change);
        }
        self.complete()
    }

    /// No sound record at a place: the end of what was acknowledged (`None`), damage, or damage that is passed over, to
    /// where the next sound record is.
    fn pass_over(&mut self, at: usize) -> Result<Option<usize>> {
        if self.is_void(self.next) {
            return Ok(None);
        }
        let Known { applied, forgiven } = self.known;
        let following = self.following(at);
        let is_newer = |record: &Record| record.kind == RecordKind::Change && record.number >= self.next;
        let newer = following.iter().find(|(_, record)| is_newer(record));
        if let Some(&(place, record)) = newer.filter(|(_, record)| record.number <= forgiven.saturating_add(1)) {
            self.next = record.number;
            return Ok(Some(place));
        }
        let gap = at..following.first().map_or(self.bytes.len(), |(place, _)| *place);
        // What was written after the sync of what is missing says so.
        let acknowledged = following.iter().any(|(_, record)| record.durable > self.next);
        let torn = self.end.is_none() && self.next > applied && !acknowledged && is_torn(self.bytes, gap);
        let passed = newer.is_none() && (self.is_forgiven() || self.end.is_none() && self.next <= forgiven);
        if torn || passed {
            return Ok(None);
        }
        Err(self.damaged("records", &format!("operation {} at byte {at}", self.next), "no sound record"))
    }

    /// Sound records behind a place that are not void, and where they are.
    fn following(&self, at: usize) -> Vec<(usize, Record<'_>)> {
        let sound = |at| Some((at, Record::read(&self.bytes[at..])?.0));
        let records = (at + 1..self.bytes.len()).filter_map(sound);
        records.filter(|(_, record)| !self.is_void(record.number)).collect()
    }

    /// Nothing may be missing before the next file.
    fn complete(&self) -> Result<()> {
        match self.end {
            Some(end) if self.next < end && !self.is_forgiven() => {
                let (expected, found) = (format!("operations up to {}", end - 1), format!("up to {}", self.next - 1));
                Err(self.damaged("end", &expected, &found))
            }
            _ => Ok(()),
        }
    }

    /// Whether an operation stands in the next file again.
    fn is_void(&self, number: u64) -> bool {
        self.end.is_some_and(|end| number >= end)
    }

    /// Whether damage among all that this file may hold is passed over.
    fn is_forgiven(&self) -> bool {
        self.end.is_some_and(|end| end <= self.known.forgiven.saturating_add(1))
    }

    fn damaged(&self, section: &str, expected: &str, found: &str) -> Error {
        damaged(&self.path, section, expected, found)
    }
}

fn damaged(path: &Path, section: &str, expected: &str, found: &str) -> Error {
    Error::Corrupt {
        path: path.to_path_buf(),
        section: format!("{EXTENSION} {section}"),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
