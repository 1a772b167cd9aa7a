//! The one writer of a collection: lock, journal, segments one after the other.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::journal::Journal;
use super::{BuildOptions, Progress};
use crate::codes::Coder;
use crate::collection::{CollectionName, EncoderId, Manifest, SegmentFiles, Store, remove_unnamed};
use crate::format::{FileKind, sync_folder};
use crate::segment::{CodedPassage, SegmentWriter};
use crate::{Document, Error, Result};

const LOCK: &str = "lock";

/// A build in progress.
#[derive(Debug)]
pub(super) struct BuildWriter<'a> {
    pub(super) store: &'a Store,
    pub(super) name: &'a CollectionName,
    pub(super) options: &'a BuildOptions,
    pub(super) encoder: EncoderId,
    pub(super) folder: PathBuf,
    pub(super) coder: Coder,
    pub(super) journal: Journal,
    pub(super) resumed_documents: u64,
    segment: Option<SegmentWriter>,
    segment_passages: usize,
    started: Instant,
    /// Held until the build ends; the system lets go of it if the process dies.
    _lock: File,
}

impl<'a> BuildWriter<'a> {
    /// Takes the collection's lock and picks up where an interrupted build with the same plan ended.
    pub(super) fn begin(
        (store, name): (&'a Store, &'a CollectionName),
        options: &'a BuildOptions,
        encoder: EncoderId,
        width: usize,
    ) -> Result<Self> {
        let coder = Coder::new(width, options.bits, options.seed)?;
        let folder = store.folder(name);
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        if let Some(parent) = folder.parent() {
            sync_folder(parent)?;
        }
        let lock = lock(&folder)?;
        let plan = format!(
            "{} width {width} bits {} seed {} keep {} router {} encoder {} {}",
            options.plan,
            options.bits,
            options.seed,
            options.keep_vectors,
            options.router_from,
            encoder.name,
            encoder.fingerprint
        );
        let published = Manifest::read(&folder)?;
        let next = published.as_ref().map_or(0, |manifest| manifest.generation) + 1;
        let journal = Journal::resume(&folder, &plan, next)?;
        let mut named: Vec<(FileKind, &str)> = published.iter().flat_map(Manifest::files).collect();
        named.extend(journal.segments.iter().flat_map(|files| {
            let vectors = files.vectors.as_deref().map(|hash| (FileKind::Vectors, hash));
            [(FileKind::Segment, files.segment.as_str())].into_iter().chain(vectors)
        }));
        remove_unnamed(&folder, &named)?;
        let resumed_documents = journal.documents;
        Ok(Self {
            store,
            name,
            options,
            encoder,
            folder,
            coder,
            journal,
            resumed_documents,
            segment: None,
            segment_passages: 0,
            started: Instant::now(),
            _lock: lock,
        })
    }

    pub(super) fn coder(&self) -> &Coder {
        &self.coder
    }

    /// Documents in finished segments.
    pub(super) fn documents_done(&self) -> u64 {
        self.resumed_documents
    }

    pub(super) fn segment_passages(&self) -> usize {
        self.segment_passages
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
            let BuildOptions { seed, bits, keep_vectors, .. } = *self.options;
            self.segment = Some(SegmentWriter::create(&self.folder, &self.coder, seed, bits, keep_vectors)?);
        }
        self.journal.documents += 1;
        self.segment.as_mut().map_or(Ok(()), |segment| segment.begin_document(document))
    }

    /// Adds the next passage of the document.
    pub(super) fn push(&mut self, passage: &CodedPassage) -> Result<()> {
        let key = self.journal.passages;
        self.journal.passages += 1;
        self.journal.token_vectors += passage.scales.len() as u64;
        self.segment_passages += 1;
        self.segment.as_mut().map_or(Ok(()), |segment| segment.push(passage, key))
    }

    /// Publishes the segment's files and notes it in the journal: from here on a build can be resumed.
    pub(super) fn end_segment(&mut self) -> Result<()> {
        let Some(segment) = self.segment.take() else { return Ok(()) };
        let finished = segment.finish()?;
        self.segment_passages = 0;
        self.journal.segments.push(SegmentFiles {
            segment: finished.segment.hash,
            vectors: finished.vectors.map(|written| written.hash),
            postings: None,
        });
        let before = self.journal.seconds;
        self.journal.seconds = before + self.started.elapsed().as_secs_f64();
        self.started = Instant::now();
        self.journal.write(&self.folder)
    }

    /// Wall time over all runs of this build.
    pub(super) fn seconds(&self) -> f64 {
        self.journal.seconds + self.started.elapsed().as_secs_f64()
    }
}

/// Takes the collection's lock, or says who has it.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).append(true).open(&path).map_err(Error::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path }),
        Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
    }
}
