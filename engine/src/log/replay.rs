//! Reading a log: what it holds, and whether anything is missing that was acknowledged.

use std::path::{Path, PathBuf};

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

/// One file while it is read.
struct Reading<'a> {
    path: PathBuf,
    bytes: &'a [u8],
    /// Number of the next operation.
    next: u64,
    /// Number from which on the next file has the operations.
    end: u64,
}

/// Hands every record that counts to `visit`, oldest first. A record at the very end that is not whole was never
/// acknowledged. Damage is an error only where an operation above `applied` may be lost.
pub(crate) fn replay(folder: &Path, applied: u64, mut visit: impl FnMut(Record) -> Result<()>) -> Result<Replayed> {
    read(folder, applied, applied, &mut visit)
}

/// Fails at any damage but a last record that is not whole and not applied.
pub(crate) fn verify(folder: &Path, applied: u64) -> Result<()> {
    read(folder, applied, 0, &mut |_| Ok(())).map(drop)
}

/// The number of the newest operation that a log has, 0 without any.
pub(crate) fn last_number(folder: &Path) -> Result<u64> {
    Ok(read(folder, 0, u64::MAX, &mut |_| Ok(()))?.next - 1)
}

/// Damage among operations up to `forgiven` is passed over.
fn read(folder: &Path, applied: u64, forgiven: u64, visit: &mut dyn FnMut(Record) -> Result<()>) -> Result<Replayed> {
    let firsts = numbers(folder)?;
    let mut files = Vec::with_capacity(firsts.len());
    let mut next = firsts.first().copied().unwrap_or(applied + 1);
    for (at, &first) in firsts.iter().enumerate() {
        let path = folder.join(name(first));
        if first > next && first - 1 > forgiven {
            return Err(damaged(&path, "start", &format!("operation {next} before it"), &format!("{first}")));
        }
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        let end = firsts.get(at + 1).copied().unwrap_or(u64::MAX);
        files.push(LogFile { first, bytes: bytes.len() as u64 });
        let mut reading = Reading { path, bytes: &bytes, next: first, end };
        reading.read(applied, forgiven, visit)?;
        next = reading.next;
    }
    if next <= applied && !firsts.is_empty() && applied > forgiven {
        let (expected, found) = (format!("operations up to {applied}"), format!("up to {}", next - 1));
        return Err(damaged(&folder.join(name(firsts[firsts.len() - 1])), "end", &expected, &found));
    }
    Ok(Replayed { files, next: next.max(applied + 1) })
}

impl Reading<'_> {
    fn read(&mut self, applied: u64, forgiven: u64, visit: &mut dyn FnMut(Record) -> Result<()>) -> Result<()> {
        match read_log_header(self.bytes) {
            Some((version, _)) if version != format::VERSION => {
                let path = self.path.clone();
                return Err(Error::Version { path, found: version, supported: format::VERSION });
            }
            Some((_, first)) if first == self.next => {}
            // A header is durable before the file has its name.
            _ if self.end - 1 > forgiven || self.end == u64::MAX => {
                let found = format!("{} bytes", self.bytes.len());
                return Err(damaged(&self.path, "header", &format!("a header for operation {}", self.next), &found));
            }
            _ => return Ok(()),
        }
        let mut at = LOG_HEADER;
        while at < self.bytes.len() {
            let Some((record, length)) = Record::read(&self.bytes[at..]) else {
                return self.broken(at, applied, forgiven);
            };
            at += length;
            let expected = match record.kind {
                RecordKind::Change => record.number == self.next,
                RecordKind::Failure => record.number < self.next,
            };
            if !expected {
                let found = format!("operation {}", record.number);
                return Err(damaged(&self.path, "records", &format!("operation {}", self.next), &found));
            }
            if record.number < self.end {
                visit(record)?;
                self.next += u64::from(record.kind == RecordKind::Change);
            } else {
                // Void: it could not be synced, and its number was given again.
                return Ok(());
            }
        }
        self.complete(forgiven)
    }

    /// No sound record at a place: the end of what was acknowledged, or damage.
    fn broken(&self, at: usize, applied: u64, forgiven: u64) -> Result<()> {
        if self.next >= self.end {
            return Ok(());
        }
        let last = self.end == u64::MAX;
        let follows = (at + 1..self.bytes.len()).any(|at| sound_record(&self.bytes[at..], self.next));
        if last && self.next > applied && !follows {
            return Ok(());
        }
        if !last && self.end - 1 <= forgiven || last && !follows && self.next <= applied && applied <= forgiven {
            return Ok(());
        }
        let expected = format!("operation {} at byte {at}", self.next);
        Err(damaged(&self.path, "records", &expected, "no sound record"))
    }

    /// Nothing may be missing before the next file.
    fn complete(&self, forgiven: u64) -> Result<()> {
        if self.end == u64::MAX || self.next >= self.end || self.end - 1 <= forgiven {
            return Ok(());
        }
        let (expected, found) = (format!("operations up to {}", self.end - 1), format!("up to {}", self.next - 1));
        Err(damaged(&self.path, "end", &expected, &found))
    }
}

/// Whether bytes begin with a sound record that may stand behind operation `number`.
fn sound_record(bytes: &[u8], number: u64) -> bool {
    Record::read(bytes).is_some_and(|(record, _)| record.number + 1 >= number)
}

fn damaged(path: &Path, section: &str, expected: &str, found: &str) -> Error {
    Error::Corrupt {
        path: path.to_path_buf(),
        section: format!("{EXTENSION} {section}"),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
