//! Documents on their way into a collection: gathered into changes, and one by one where a change is refused, so that
//! one document does not keep out its neighbours.

use std::collections::HashMap;

use indicatif::ProgressBar;
use maxsimd_engine::live::{Change, Upsert};
use maxsimd_engine::{Error, TokenMatrix};

use crate::corpus::printable;
use crate::writing::{Failed, Writing};

/// Documents and bytes of a change.
const DOCUMENTS: usize = 512;
const BYTES: usize = 4 << 20;
/// Bytes in the log that are worth a segment.
const WAITING: u64 = 16 << 20;

/// A collection that documents are added to.
#[derive(Debug)]
pub struct Adding<'a> {
    writing: Writing<'a>,
    bar: ProgressBar,
    change: Vec<Upsert>,
    bytes: usize,
    /// What is in the log and not applied, by operation.
    waiting: HashMap<u64, Vec<Upsert>>,
    accepted: u64,
    refused: u64,
}

impl<'a> Adding<'a> {
    /// Begins; what an interrupted command left in the log comes first.
    pub fn new(writing: Writing<'a>, bar: ProgressBar) -> anyhow::Result<Self> {
        let (change, waiting) = (Vec::new(), HashMap::new());
        let mut adding = Self { writing, bar, change, bytes: 0, waiting, accepted: 0, refused: 0 };
        adding.apply()?;
        Ok(adding)
    }

    /// Documents of the collection.
    pub fn documents(&self) -> u64 {
        self.writing.live.generation().description().documents
    }

    /// Takes a document.
    pub fn push(&mut self, upsert: Upsert) -> anyhow::Result<()> {
        let vectors = upsert.vectors.as_ref().map_or(0, |vectors: &TokenMatrix| 2 * vectors.values().len());
        self.bytes += upsert.document.text.len() + vectors;
        self.change.push(upsert);
        if self.change.len() == DOCUMENTS || self.bytes >= BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Applies all, and gives the numbers of documents that were accepted and refused.
    pub fn finish(mut self) -> anyhow::Result<(Writing<'a>, u64, u64)> {
        self.flush()?;
        self.apply()?;
        self.bar.finish_and_clear();
        Ok((self.writing, self.accepted, self.refused))
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.bytes = 0;
        let change = std::mem::take(&mut self.change);
        self.submit(change)?;
        if self.writing.live.backlog() >= WAITING { self.apply() } else { Ok(()) }
    }

    fn submit(&mut self, upserts: Vec<Upsert>) -> anyhow::Result<()> {
        if upserts.is_empty() {
            return Ok(());
        }
        match self.writing.live.submit(Change::Upsert(upserts.clone()), None) {
            Ok(receipt) => {
                self.accepted += upserts.len() as u64;
                self.waiting.insert(receipt.operation, upserts);
                Ok(())
            }
            Err(Error::Invalid { reason, .. }) => self.refuse(upserts, &reason),
            Err(error) => Err(error.into()),
        }
    }

    /// Tries documents one by one; a single one is out.
    fn refuse(&mut self, upserts: Vec<Upsert>, reason: &str) -> anyhow::Result<()> {
        if let [upsert] = &upserts[..] {
            self.refused += 1;
            let line = printable(&format!("refused {}: {reason}", upsert.document.id));
            self.bar.suspend(|| eprintln!("{line}"));
            return Ok(());
        }
        upserts.into_iter().try_for_each(|upsert| self.submit(vec![upsert]))
    }

    fn apply(&mut self) -> anyhow::Result<()> {
        loop {
            let failed = self.writing.apply()?;
            if failed.is_empty() {
                self.waiting.clear();
                return Ok(());
            }
            for Failed { operation, reason } in failed {
                match self.waiting.remove(&operation) {
                    Some(upserts) => {
                        self.accepted -= upserts.len() as u64;
                        self.refuse(upserts, &reason)?;
                    }
                    None => {
                        self.bar.suspend(|| eprintln!("operation {operation} of before failed: {}", printable(&reason)))
                    }
                }
            }
        }
    }
}
