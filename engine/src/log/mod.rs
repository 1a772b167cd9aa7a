//! The write-ahead log of a collection: what was asked for, durable before it is acknowledged.
//!
//! Files of records that only grow, named by the number of their first operation. A new file begins when the log is
//! opened, when the last one is large, and after a file could not be written or synced: records that the next file
//! numbers again are void. Several callers share one sync (group commit).

mod replay;
#[cfg(test)]
mod tests;
mod torn;

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::format::{MAX_RECORD, PARTIAL, Record, RecordKind, log_header};
use crate::storage::{Folder, Writing};
use crate::{Error, Result};

use replay::failures;
pub(crate) use replay::{Replayed, last_number, replay, verify};

const EXTENSION: &str = "log";
/// A file that is this long is followed by another.
const LONG: u64 = 64 << 20;
/// Files of applied operations are kept as long as there are not so many bytes in newer ones, and up to this number: they tell outcomes
/// of old operations.
const KEEP: u64 = 64 << 20;
const KEEP_FILES: usize = 16;
/// No operation has a higher number; a file that says so is none of ours.
const MAX_NUMBER: u64 = u64::MAX / 2;

/// The log of one collection. Shared between threads.
#[derive(Debug)]
pub(crate) struct Log {
    folder: Folder,
    tail: Mutex<Tail>,
    synced: Condvar,
}

/// A file of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogFile {
    /// Number of its first operation.
    pub(crate) first: u64,
    pub(crate) bytes: u64,
}

/// Proof of an append, to wait for its sync with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Appended {
    pub(crate) number: u64,
    ticket: u64,
}

/// The end of the log. Tickets count appends and are never given twice; numbers are.
#[derive(Debug)]
struct Tail {
    files: VecDeque<LogFile>,
    /// The newest file, unless the next append has to begin one.
    file: Option<Arc<Writing>>,
    /// Number of the next operation, and what it was at the last sync.
    next: u64,
    durable: u64,
    /// Appends so far, and those whose fate is known.
    appended: u64,
    settled: u64,
    /// Tickets of appends that could not be synced.
    lost: Vec<Range<u64>>,
    syncing: bool,
    /// The newest file ends with a part of a record: nothing can be appended to it.
    spoilt: bool,
}

impl Log {
    /// The log that goes on behind what was replayed, which is durable when this returns: a process that was killed may
    /// have left records that it never synced.
    pub(crate) fn resume(folder: Folder, replayed: Replayed) -> Result<Self> {
        let Replayed { files, next } = replayed;
        if let Some(newest) = files.last() {
            folder.sync_file(&name(newest.first))?;
        }
        let tail = Tail {
            files: files.into(),
            file: None,
            next,
            durable: next,
            appended: 0,
            settled: 0,
            lost: Vec::new(),
            syncing: false,
            spoilt: false,
        };
        Ok(Self { folder, tail: Mutex::new(tail), synced: Condvar::new() })
    }

    /// Appends a change, not yet durable.
    pub(crate) fn append(&self, text: &[u8], values: &[u8]) -> Result<Appended> {
        if (text.len() + values.len()) as u64 > MAX_RECORD {
            return Err(Error::invalid("documents", format!("more than {MAX_RECORD} bytes at once")));
        }
        let mut tail = self.tail_to_append();
        let (number, durable) = (tail.next, tail.durable);
        tail.write(&self.folder, Record { kind: RecordKind::Change, number, durable, text, values })?;
        tail.next += 1;
        Ok(Appended { number, ticket: tail.appended })
    }

    /// Notes for good that an operation failed.
    pub(crate) fn append_failure(&self, number: u64, text: &[u8]) -> Result<()> {
        let mut tail = self.tail_to_append();
        let durable = tail.durable;
        tail.write(&self.folder, Record { kind: RecordKind::Failure, number, durable, text, values: &[] })?;
        let ticket = tail.appended;
        drop(tail);
        self.commit(Appended { number, ticket })
    }

    /// Waits until an append is durable. Whoever comes first syncs for all that have appended by then.
    pub(crate) fn commit(&self, appended: Appended) -> Result<()> {
        let mut tail = self.tail();
        loop {
            if tail.settled >= appended.ticket {
                let lost = tail.lost.iter().any(|tickets| tickets.contains(&appended.ticket));
                return if lost { Err(self.lost()) } else { Ok(()) };
            }
            if tail.syncing {
                tail = self.synced.wait(tail).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (upto, next, file) = (tail.appended, tail.next, tail.file.clone());
            tail.syncing = true;
            drop(tail);
            fail::fail_point!("log.sync");
            let done = file.map_or(Ok(()), |file| file.sync());
            fail::fail_point!("log.synced");
            tail = self.tail();
            tail.syncing = false;
            match &done {
                Ok(()) => (tail.settled, tail.durable) = (tail.settled.max(upto), tail.durable.max(next)),
                Err(_) => tail.lose(),
            }
            self.synced.notify_all();
            done?;
        }
    }

    /// Waits until an operation that was appended by somebody else is durable.
    pub(crate) fn commit_to(&self, number: u64) -> Result<()> {
        let ticket = self.tail().appended;
        // Somebody else's failure is told by what is durable afterwards.
        let _ = self.commit(Appended { number, ticket });
        match number < self.durable() {
            true => Ok(()),
            false => Err(self.lost()),
        }
    }

    /// Operations below this number are durable.
    pub(crate) fn durable(&self) -> u64 {
        self.tail().durable
    }

    /// Removes files of applied operations beyond what is kept.
    pub(crate) fn forget(&self, applied: u64) -> Result<()> {
        let mut tail = self.tail();
        let mut bytes: u64 = tail.files.iter().map(|file| file.bytes).sum();
        while let [oldest, second, ..] = *tail.files.make_contiguous()
            && second.first <= applied + 1
            && (bytes - oldest.bytes > KEEP || tail.files.len() > KEEP_FILES)
        {
            fail::fail_point!("log.forget");
            // A removal must not be durable before those of older files: a gap would be taken for a loss.
            self.folder.sync()?;
            self.folder.remove(&name(oldest.first))?;
            bytes -= oldest.bytes;
            tail.files.pop_front();
        }
        Ok(())
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        // Every change of the tail is whole before anything that can panic.
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tail, once it can be appended to.
    fn tail_to_append(&self) -> MutexGuard<'_, Tail> {
        let mut tail = self.tail();
        // A failure is told to one sync of a file only; another one at the same time would take what is lost for durable.
        while tail.syncing && tail.is_full() {
            tail = self.synced.wait(tail).unwrap_or_else(PoisonError::into_inner);
        }
        tail
    }

    /// What is said of an operation that could not be synced.
    pub(crate) fn lost(&self) -> Error {
        Error::io(self.folder.path())(std::io::Error::other("the log could not be synced"))
    }
}

impl Tail {
    fn write(&mut self, folder: &Folder, record: Record) -> Result<()> {
        if self.is_full() {
            self.finish()?;
        }
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => self.begin(folder)?,
        };
        let bytes = record.to_bytes();
        fail::fail_point!("log.append");
        let length = self.files.back().map_or(0, |file| file.bytes);
        if let Err(error) = file.append(&bytes) {
            // A part of the record may be there. If it cannot be cut off, the next file makes it void; records before it
            // may still wait for their sync.
            self.spoilt = file.cut(length).is_err();
            return Err(error);
        }
        fail::fail_point!("log.appended");
        if let Some(last) = self.files.back_mut() {
            last.bytes += bytes.len() as u64;
        }
        self.appended += 1;
        Ok(())
    }

    /// Whether the newest file takes no more records.
    fn is_full(&self) -> bool {
        self.file.is_some() && (self.spoilt || self.files.back().is_some_and(|file| file.bytes >= LONG))
    }

    /// Begins a file. It has its name only once its header is durable.
    fn begin(&mut self, folder: &Folder) -> Result<Arc<Writing>> {
        let partial = format!("{EXTENSION}.{PARTIAL}");
        let mut start = log_header(self.next).to_vec();
        if self.files.back().is_some_and(|file| file.first == self.next) {
            // It is replaced: its changes are void, but it may tell of older operations that they failed.
            start.extend(failures(&folder.path().join(name(self.next)), self.next)?);
        }
        let file = folder.create(&partial)?;
        let written = file.append(&start).and_then(|()| file.sync());
        written.inspect_err(|_| drop(folder.remove(&partial)))?;
        fail::fail_point!("log.begin");
        folder.rename(&partial, &name(self.next)).inspect_err(|_| drop(folder.remove(&partial)))?;
        folder.sync()?;
        let file = Arc::new(file);
        self.files.retain(|file| file.first < self.next);
        self.files.push_back(LogFile { first: self.next, bytes: start.len() as u64 });
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Syncs the newest file, so that another can begin.
    fn finish(&mut self) -> Result<()> {
        if let Some(file) = &self.file
            && self.settled < self.appended
        {
            if let Err(error) = file.sync() {
                self.lose();
                return Err(error);
            }
            (self.settled, self.durable) = (self.appended, self.next);
        }
        (self.file, self.spoilt) = (None, false);
        Ok(())
    }

    /// What was not synced will not be: nobody knows what a file holds whose sync has failed once.
    fn lose(&mut self) {
        self.lost.push(self.settled + 1..self.appended + 1);
        (self.settled, self.next) = (self.appended, self.durable);
        (self.file, self.spoilt) = (None, false);
    }
}

fn name(first: u64) -> String {
    format!("{first:020}.{EXTENSION}")
}

/// Files of a log by the numbers in their names, oldest first.
fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let entry = entry.map_err(Error::io(folder))?.file_name();
        let number = entry.to_str().and_then(|name| name.strip_suffix(".log")).map(str::parse::<u64>);
        numbers.extend(number.and_then(Result::ok).filter(|number| (1..=MAX_NUMBER).contains(number)));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Whether there is a log.
pub(crate) fn exists(folder: &Path) -> Result<bool> {
    Ok(!numbers(folder)?.is_empty())
}

/// Removes a log, for a build that replaces the collection.
pub(crate) fn forget_log(folder: &Folder) -> Result<()> {
    numbers(folder.path())?.into_iter().try_for_each(|first| folder.remove(&name(first)))
}
