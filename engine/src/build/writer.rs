//! The one writer of a collection: lock, journal, segments one after the other.

use std::time::Instant;

use super::journal::{Journal, chain};
use super::metadata::Metadata;
use super::window::{SEGMENT_PASSAGES, SEGMENT_TEXT};
use super::{BuildOptions, Progress};
use crate::codes::Coder;
use crate::collection::{CollectionName, EncoderId, Lock, Manifest, SegmentFiles, Store, file_path, remove_unnamed};
use crate::format::{self, Sections};
use crate::log::last_number;
use crate::segment::{CodedNode, CodedPassage, SegmentForm, SegmentWriter};
use crate::split::Splitting;
use crate::storage::Folder;
use crate::{Document, Error, Result};

/// A build in progress.
#[derive(Debug)]
pub(super) struct BuildWriter<'a> {
    pub(super) name: &'a CollectionName,
    pub(super) options: &'a BuildOptions,
    pub(super) encoder: EncoderId,
    pub(super) folder: Folder,
    pub(super) coder: Coder,
    pub(super) journal: Journal,
    pub(super) resumed_documents: u64,
    pub(super) splitting: Splitting,
    /// Operations of the log that the build makes void.
    pub(super) applied: u64,
    segment: Option<SegmentWriter>,
    segment_passages: usize,
    segment_text: usize,
    started: Instant,
    /// Held until the build ends; the system lets go of it if the process dies.
    _lock: Lock,
}

impl<'a> BuildWriter<'a> {
    /// Takes the collection's lock and picks up where an interrupted build with the same plan ended.
    pub(super) fn begin(
        (store, name): (&'a Store, &'a CollectionName),
        options: &'a BuildOptions,
        splitting: Splitting,
        (encoder, width): (EncoderId, usize),
    ) -> Result<Self> {
        let coder = Coder::new(width, options.bits, options.seed)?;
        let folder = store.make_folder(name)?;
        let lock = Lock::take(folder.path())?;
        // A build that was killed may have left renames that are not durable, of which removals must not come first.
        folder.sync()?;
        let plan = format!(
            "{} {splitting:?} raptor {:?} represent {:?} format {} release {} width {width} bits {} seed {} keep {} language {} fields {:?} router {} encoder {} {}",
            options.plan,
            options.raptor,
            options.represent,
            format::VERSION,
            env!("CARGO_PKG_VERSION"),
            options.bits,
            options.seed,
            options.keep_vectors,
            options.language,
            options.fields,
            options.router_from,
            encoder.name,
            encoder.fingerprint
        );
        let applied = match last_number(folder.path()) {
            // The build replaces it, as it does a manifest that cannot be read.
            Err(Error::Corrupt { .. } | Error::Version { .. }) => 0,
            number => number?,
        };
        let mut applied = applied;
        let journal = match Manifest::read(folder.path()) {
            Ok(published) => {
                applied = applied.max(published.as_ref().map_or(0, |manifest| manifest.applied));
                let next = published.as_ref().map_or(0, |manifest| manifest.generation).saturating_add(1);
                let journal = resume(&folder, &plan, next)?;
                let files = published.iter().flat_map(Manifest::files);
                remove_unnamed(&folder, &files.chain(journal.files()).collect::<Vec<_>>())?;
                journal
            }
            // What is published cannot be read. A build replaces it, and leaves its files alone until then.
            Err(Error::Corrupt { .. } | Error::Version { .. }) => resume(&folder, &plan, 1)?,
            Err(error) => return Err(error),
        };
        let resumed_documents = journal.documents;
        let mut journal = journal;
        if resumed_documents == 0 {
            journal.metadata = Metadata::with(&options.fields);
        }
        Ok(Self {
            name,
            options,
            encoder,
            folder,
            coder,
            journal,
            resumed_documents,
            splitting,
            applied,
            segment: None,
            segment_passages: 0,
            segment_text: 0,
            started: Instant::now(),
            _lock: lock,
        })
    }

    pub(super) fn coder(&self) -> &Coder {
        &self.coder
    }

    /// Reads past the documents of finished segments, which must be what they were.
    pub(super) fn skip_done(&self, mut next: impl FnMut() -> Option<Result<Document>>) -> Result<()> {
        let mut seen = String::new();
        for _ in 0..self.resumed_documents {
            let Some(document) = next().transpose()? else { break };
            seen = chain(&seen, &document);
        }
        if seen == self.journal.seen {
            return Ok(());
        }
        Journal::remove(&self.folder)?;
        Err(Error::invalid(
            "input",
            "the documents are not those that the interrupted build had read; give the command again to start over",
        ))
    }

    /// Whether the segment should end (for builds from vectors, which have no windows that say so).
    pub(super) fn segment_is_full(&self) -> bool {
        self.segment_passages >= SEGMENT_PASSAGES || self.segment_text >= SEGMENT_TEXT
    }

    pub(super) fn note_truncated(&mut self, passages: u64, tokens: u64) {
        self.journal.truncated_passages += passages;
        self.journal.truncated_tokens += tokens;
    }

    pub(super) fn progress(&self) -> Progress {
        let Journal { documents, passages, token_vectors, .. } = self.journal;
        Progress::Coded { documents, passages, token_vectors }
    }

    /// Begins a document; its passages follow.
    pub(super) fn begin_document(&mut self, document: &Document) -> Result<()> {
        if self.segment.is_none() {
            let BuildOptions { seed, bits, keep_vectors, language, .. } = *self.options;
            let form = SegmentForm { seed, bits, keep_vectors, language };
            self.segment = Some(SegmentWriter::create(&self.folder, &self.coder, form)?);
        }
        let values = self.journal.note(document);
        self.segment_text += document.text.len();
        self.segment.as_mut().map_or(Ok(()), |segment| segment.begin_document(document, &values))
    }

    /// Adds the next passage of the document.
    pub(super) fn push(&mut self, passage: &CodedPassage) -> Result<()> {
        let key = self.journal.next_key();
        self.journal.passages += 1;
        self.journal.token_vectors += passage.scales.len() as u64;
        self.segment_passages += 1;
        self.segment.as_mut().map_or(Ok(()), |segment| segment.push(passage, key))
    }

    /// Adds the next node of the document, all of whose passages there are.
    pub(super) fn push_node(&mut self, node: &CodedNode) -> Result<()> {
        let key = self.journal.next_key();
        self.journal.nodes += 1;
        self.journal.token_vectors += node.coded.scales.len() as u64;
        self.segment.as_mut().map_or(Ok(()), |segment| segment.push_node(node, key))
    }

    /// Publishes the segment's files and notes it in the journal: from here on a build can be resumed.
    pub(super) fn end_segment(&mut self) -> Result<()> {
        let Some(segment) = self.segment.take() else { return Ok(()) };
        let finished = segment.finish()?;
        (self.segment_passages, self.segment_text) = (0, 0);
        self.journal.segments.push(SegmentFiles::of(finished));
        let before = self.journal.seconds;
        self.journal.seconds = before + self.started.elapsed().as_secs_f64();
        self.started = Instant::now();
        self.journal.write(&self.folder)
    }

    /// Wall time over all runs of this build; whole milliseconds, which come back from JSON as they are.
    pub(super) fn seconds(&self) -> f64 {
        ((self.journal.seconds + self.started.elapsed().as_secs_f64()) * 1e3).round() / 1e3
    }
}

/// The interrupted build with this plan, if all its files are sound; else a fresh one.
fn resume(folder: &Folder, plan: &str, generation: u64) -> Result<Journal> {
    let journal = Journal::resume(folder, plan, generation)?;
    let damaged =
        journal.files().any(|(kind, hash)| Sections::open(&file_path(folder.path(), kind, hash), kind).is_err());
    if !damaged {
        return Ok(journal);
    }
    Journal::remove(folder)?;
    Journal::resume(folder, plan, generation)
}
