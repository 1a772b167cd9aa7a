//! Operations that are in the log and not yet in a generation, and what became of the others.

use std::collections::VecDeque;
use std::sync::Arc;

use super::change::Key;
use super::outcomes::{Outcome, Outcomes};
use super::{Change, Upsert};
use crate::filter::{Fields, Filter};

/// Outcomes and keys that are remembered.
const REMEMBERED: usize = 100_000;

/// One operation of the log.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) number: u64,
    pub(super) change: Arc<Change>,
    /// Bytes in the log, or in memory if these are more.
    pub(super) bytes: u64,
}

impl Operation {
    /// An operation whose record has so many bytes.
    pub(super) fn new(number: u64, change: Arc<Change>, record: usize) -> Self {
        let bytes = record.max(change.held()) as u64;
        Self { number, change, bytes }
    }
}

/// What the log says about one document.
#[derive(Debug, Clone)]
pub(super) enum Found<'a> {
    /// It will be this.
    Document(&'a Upsert),
    /// It will be gone.
    Deleted,
    /// Nothing, but that it will be gone if one of these filters matches what is stored.
    Stored(Vec<Filter>),
}

/// Operations in order of number.
#[derive(Debug, Default)]
pub(super) struct Pending {
    operations: VecDeque<Operation>,
    bytes: u64,
    outcomes: Outcomes,
}

impl Pending {
    /// Takes in an operation; what has its number or a later one is void.
    pub(super) fn push(&mut self, operation: Operation, key: Option<Key>) {
        self.void_from(operation.number);
        self.outcomes.push(operation.number, operation.change.documents(), key);
        self.bytes += operation.bytes;
        self.operations.push_back(operation);
        self.outcomes.keep(REMEMBERED + self.operations.len());
    }

    /// Notes an outcome out of the log, or a new one.
    pub(super) fn failed(&mut self, number: u64, reason: String) {
        self.outcomes.fail(number, reason);
    }

    /// Drops an operation that could not be made durable and what is behind it, unless its number was given again.
    pub(super) fn void(&mut self, number: u64, change: &Arc<Change>) {
        let is_it = |operation: &Operation| operation.number == number && Arc::ptr_eq(&operation.change, change);
        if self.operations.iter().any(is_it) {
            self.void_from(number);
        }
    }

    /// Drops operations from a number on.
    pub(super) fn void_from(&mut self, number: u64) {
        let kept = self.operations.partition_point(|operation| operation.number < number);
        self.bytes -= self.operations.drain(kept..).map(|operation| operation.bytes).sum::<u64>();
        self.outcomes.void_from(number);
    }

    /// Drops operations that a generation holds.
    pub(super) fn applied(&mut self, number: u64) {
        let done = self.operations.partition_point(|operation| operation.number <= number);
        self.bytes -= self.operations.drain(..done).map(|operation| operation.bytes).sum::<u64>();
    }

    /// Operations below a number that did not fail: at most `most`, and no more once they have `bytes`.
    pub(super) fn batch(&self, below: u64, most: usize, bytes: u64) -> Vec<Operation> {
        let mut total = 0;
        let fits = |operation: &&Operation| {
            let fits = total == 0 || total + operation.bytes <= bytes;
            total += operation.bytes;
            fits
        };
        let durable = self.operations.iter().take_while(|operation| operation.number < below);
        durable.take(most).take_while(fits).cloned().collect()
    }

    /// What is known of an operation.
    pub(super) fn outcome(&self, number: u64) -> Option<Outcome<'_>> {
        self.outcomes.get(number)
    }

    /// The operation that a key was given to, and the digest of its change.
    pub(super) fn with_key(&self, name: &str) -> Option<(u64, &str)> {
        self.outcomes.with_key(name)
    }

    /// Bytes of all operations.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What the durable operations make of a document.
    pub(super) fn find(&self, id: &str, below: u64, fields: &Fields) -> Found<'_> {
        let mut filters: Vec<Filter> = Vec::new();
        let durable = self.operations.iter().rev().filter(|operation| operation.number < below);
        for operation in durable.filter(|operation| !self.has_failed(operation.number)) {
            match &*operation.change {
                Change::Upsert(upserts) => {
                    // The last of several with one id is the one that counts.
                    let Some(upsert) = upserts.iter().rev().find(|upsert| upsert.document.id == id) else { continue };
                    let values = fields.typed(&upsert.document.metadata).0;
                    return match filters.iter().any(|filter| filter.matches(&values)) {
                        true => Found::Deleted,
                        false => Found::Document(upsert),
                    };
                }
                Change::Delete(ids) if ids.iter().any(|deleted| deleted == id) => return Found::Deleted,
                Change::Delete(_) => {}
                // It was bound once before it was acknowledged.
                Change::DeleteMatching(filter) => filters.extend(Filter::from_json(filter, fields)),
            }
        }
        Found::Stored(filters)
    }

    /// Whether an operation failed for good.
    pub(super) fn has_failed(&self, number: u64) -> bool {
        self.outcomes.has_failed(number)
    }
}
