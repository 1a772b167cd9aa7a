//! Applying: what waits in the log becomes one segment and the next generation.

use std::sync::{Arc, PoisonError};

use super::LiveCollection;
use super::pending::Operation;
use super::resolve::{Resolved, resolve};
use crate::build::{Forest, PassageItem, Place, code, naming, passages};
use crate::collection::{EncoderId, Generation, Manifest, SegmentFiles};
use crate::encode::{Encoded, Encoder};
use crate::filter::Values;
use crate::raptor::Growth;
use crate::segment::{CodedNode, CodedPassage, SegmentForm, SegmentWriter};
use crate::{Context, Document, Error, Result};

/// Most operations of one batch.
const OPERATIONS: usize = 4096;
/// Most bytes of one batch.
pub const MAX_BATCH: u64 = 16 << 20;
/// Passages that are encoded together: few, so that queries need not wait long for a session of the encoder.
const WINDOW: usize = 16;
/// Attempts at an operation that cannot be encoded.
const ATTEMPTS: u32 = 3;

/// What applying did.
#[derive(Debug)]
pub enum Applied {
    /// Nothing waited.
    Nothing,
    /// A generation was published.
    Published(Arc<Generation>),
    /// An operation failed for good; the next ones are not held up by it.
    Failed {
        /// Its number.
        operation: u64,
        /// Why.
        reason: String,
    },
}

/// Attempts at what waits, that failed because of what waits.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    count: u32,
    reason: String,
}

/// A document's passages and nodes, coded, with what filters see of it.
#[derive(Debug)]
struct Coded<'a> {
    document: &'a Document,
    values: &'a Values,
    passages: Vec<CodedPassage>,
    nodes: Vec<CodedNode>,
}

impl LiveCollection {
    /// Applies some of what waits, oldest first. An error is of the moment: the call can be repeated, and after some
    /// attempts an operation that cannot be encoded fails for good.
    pub fn apply(&self, context: &Context, encoder: Option<&dyn Encoder>) -> Result<Applied> {
        self.apply_some(context, encoder, MAX_BATCH)
    }

    /// The same with at most so many bytes of operations, but one operation at least.
    pub fn apply_some(&self, context: &Context, encoder: Option<&dyn Encoder>, bytes: u64) -> Result<Applied> {
        let mut attempts = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        // After a failure one by one, to find out which it is.
        let most = if attempts.count == 0 { OPERATIONS } else { 1 };
        let batch = self.state().pending.batch(self.log.durable(), most, bytes.min(MAX_BATCH));
        let Some(first) = batch.first().map(|operation| operation.number) else { return Ok(Applied::Nothing) };
        if attempts.count > ATTEMPTS {
            let reason = std::mem::take(&mut attempts.reason);
            fail::fail_point!("apply.failure");
            self.log.append_failure(first, reason.as_bytes())?;
            self.state().pending.failed(first, reason.clone());
            attempts.count = 0;
            return Ok(Applied::Failed { operation: first, reason });
        }
        // Counted beforehand, so that a panic counts.
        attempts.count += 1;
        attempts.reason = "encoding it panicked".to_owned();
        match self.writing(|| self.apply_batch(context, encoder, &batch)) {
            Ok(generation) => {
                attempts.count = 0;
                Ok(Applied::Published(generation))
            }
            Err(error) => {
                attempts.reason = error.to_string();
                attempts.count -= u32::from(!is_of_the_operation(&error));
                Err(error)
            }
        }
    }

    fn apply_batch(
        &self,
        context: &Context,
        encoder: Option<&dyn Encoder>,
        batch: &[Operation],
    ) -> Result<Arc<Generation>> {
        fail::fail_point!("apply.batch", |_| Err(Error::invalid("documents", "a fail point refuses them")));
        let last = batch.iter().map(|operation| operation.number).max().unwrap_or_default();
        let (operations, fields) = {
            let state = self.state();
            let sound = batch.iter().filter(|operation| !state.pending.has_failed(operation.number));
            (sound.cloned().collect::<Vec<_>>(), state.fields.clone())
        };
        let generation = self.generation();
        let Resolved { upserts, deleted } = resolve(&operations, &generation, &fields)?;
        let mut next_key = generation.manifest().next_passage_key;
        let mut coded = Vec::with_capacity(upserts.len());
        let mut windows = TextPassages { context, encoder, generation: &generation, documents: Vec::new() };
        for (upsert, values) in &upserts {
            match &upsert.vectors {
                Some(vectors) => {
                    let (coder, keep) = (generation.coder(), generation.manifest().keep_vectors);
                    let passage = code(coder, vectors, keep, Place::whole(&upsert.document));
                    let passages = vec![passage.map_err(|e| naming(&upsert.document, e))?];
                    coded.push(Coded { document: &upsert.document, values, passages, nodes: Vec::new() });
                }
                None => windows.documents.push((&upsert.document, values)),
            }
        }
        windows.encode(&mut coded)?;
        let mut segment = self.write_segment(&generation, &coded, &mut next_key)?;
        drop(coded);
        fail::fail_point!("apply.written");
        let generation = self.publish(|now, draft| {
            self.follow_router(&generation, now, segment.as_mut())?;
            draft.manifest.segments.extend(segment);
            draft.manifest.next_passage_key = next_key;
            draft.manifest.applied = last;
            draft.manifest.fields = fields;
            deleted.iter().for_each(|key| draft.tombstones.insert(*key));
            super::across::mark(context, now, draft, &deleted)?;
            Ok(())
        })?;
        self.state().pending.applied(last);
        // What cannot be removed now is removed another time.
        let _ = self.log.forget(last);
        Ok(generation)
    }

    /// Writes coded documents as a segment with its postings; none if there are no documents.
    fn write_segment(
        &self,
        generation: &Generation,
        documents: &[Coded],
        next_key: &mut u64,
    ) -> Result<Option<SegmentFiles>> {
        if documents.is_empty() {
            return Ok(None);
        }
        let mut writer = SegmentWriter::create(&self.folder, generation.coder(), form(generation.manifest()))?;
        for Coded { document, values, passages, nodes } in documents {
            writer.begin_document(document, values)?;
            for passage in passages {
                writer.push(passage, *next_key)?;
                *next_key += 1;
            }
            for node in nodes {
                writer.push_node(node, *next_key)?;
                *next_key += 1;
            }
        }
        fail::fail_point!("apply.segment");
        let finished = writer.finish()?;
        fail::fail_point!("apply.postings");
        self.routed(generation, finished).map(Some)
    }
}

/// Documents that come as text.
struct TextPassages<'a, 'b> {
    context: &'a Context,
    encoder: Option<&'a dyn Encoder>,
    generation: &'a Generation,
    documents: Vec<(&'b Document, &'b Values)>,
}

impl<'b> TextPassages<'_, 'b> {
    /// Splits, encodes and codes them, a window of passages at a time.
    fn encode(self, coded: &mut Vec<Coded<'b>>) -> Result<()> {
        if self.documents.is_empty() {
            return Ok(());
        }
        let manifest = self.generation.manifest();
        let needed = || Error::EncoderNeeded { expected: manifest.encoder.name.clone() };
        let encoder = self.encoder.ok_or_else(needed)?;
        let id = EncoderId::of(encoder);
        self.generation.check_encoder(&id)?;
        let splitting = manifest.splitting;
        let Manifest { raptor, represent, seed, keep_vectors, .. } = *manifest;
        let mut forest = Forest::new(Growth { raptor, represent, seed }, keep_vectors);
        let mut items = Vec::new();
        for (document, values) in self.documents {
            self.context.check()?;
            let number = coded.len();
            coded.push(Coded { document, values, passages: Vec::new(), nodes: Vec::new() });
            items.extend(passages(document.clone(), splitting, encoder)?.into_iter().map(|item| (number, item)));
            while items.len() >= WINDOW {
                let rest = items.split_off(WINDOW);
                encode_window(self.context, encoder, (self.generation, &mut forest), (&items, coded))?;
                items = rest;
            }
        }
        encode_window(self.context, encoder, (self.generation, &mut forest), (&items, coded))
    }
}

/// Encodes passages and puts each where its document is.
fn encode_window(
    context: &Context,
    encoder: &dyn Encoder,
    (generation, forest): (&Generation, &mut Forest),
    (items, coded): (&[(usize, PassageItem)], &mut [Coded]),
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let texts: Vec<&str> = items.iter().map(|(_, item)| item.text.as_str()).collect();
    let encoded = encoder.encode_passages(context, &texts)?;
    let keep = generation.manifest().keep_vectors;
    let code = |((_, item), encoded): (&(usize, PassageItem), &Encoded)| {
        let passage = code(generation.coder(), &encoded.vectors, keep, Place::of(item));
        passage.map_err(|error| naming(&item.document, error))
    };
    let passages = items.iter().zip(&encoded).map(code).collect::<Result<Vec<_>>>()?;
    let ready = items.iter().zip(&encoded).zip(&passages).map(|(((_, item), encoded), coded)| (item, encoded, coded));
    let nodes = forest.grow(context, (encoder, generation.coder()), ready)?;
    for ((number, _), passage) in items.iter().zip(passages) {
        coded[*number].passages.push(passage);
    }
    let complete = items.iter().filter(|(_, item)| item.is_last());
    complete.zip(nodes).for_each(|((number, _), nodes)| coded[*number].nodes = nodes);
    Ok(())
}

/// What new segments of a collection are like.
pub(super) fn form(manifest: &Manifest) -> SegmentForm {
    let Manifest { seed, bits, keep_vectors, language, .. } = *manifest;
    SegmentForm { seed, bits, keep_vectors, language }
}

/// Whether an error would come again with the same operation, wherever it is applied.
fn is_of_the_operation(error: &Error) -> bool {
    match error {
        Error::Io { .. }
        | Error::MemoryLock { .. }
        | Error::Corrupt { .. }
        | Error::Version { .. }
        | Error::CollectionNotFound { .. }
        | Error::CollectionExists { .. }
        | Error::Backlog { .. }
        | Error::KeyReused { .. }
        | Error::EncoderNeeded { .. }
        | Error::EncoderMismatch { .. }
        | Error::Locked { .. }
        | Error::Aliased { .. }
        | Error::RemoteFileSystem { .. }
        | Error::Deadline
        | Error::Cancelled => false,
        Error::Invalid { .. }
        | Error::ModeUnavailable { .. }
        | Error::ScopeUnavailable { .. }
        | Error::Filter(_)
        | Error::Width { .. }
        | Error::Model { .. }
        | Error::Runtime { .. }
        | Error::Keywords { .. } => true,
    }
}
