//! Offline builds: `documents -> windows of passages -> encode -> code -> segments -> router -> publish`.
//!
//! Streams: what is in memory is one window, the small sections of one segment, and the router's training sample,
//! whatever the size of the corpus. Windows and segments end at places that depend on the documents alone, so the same
//! input gives the same bytes with any number of threads, and a build that was interrupted ends like one that was not.

mod coded;
mod forest;
mod journal;
mod metadata;
mod publish;
mod window;
mod writer;

pub use metadata::Misfit;
pub use window::{PassageItem, Window, Windows};
pub(crate) use window::{SEGMENT_PASSAGES, SEGMENT_TEXT, passages};

pub use crate::split::Splitting;

use crate::collection::{CollectionName, Description, EncoderId, Store};
use crate::encode::Encoder;
use crate::filter::Fields;
use crate::keywords::Language;
use crate::raptor::{Growth, Raptor, Represent};
use crate::{Context, Document, Result, TokenMatrix, parallel};
pub(crate) use coded::{Place, code, naming};
pub(crate) use forest::Forest;
use writer::BuildWriter;

/// Smallest memory budget of a build: encoder sessions, one window, and the smallest router training sample.
pub const MIN_RAM_BUDGET: u64 = 512 << 20;

/// Smallest collection that gets a router by default; below, scanning all codes takes about ten milliseconds.
pub const ROUTER_FROM: u64 = 1 << 17;

/// Most token vectors of a passage.
pub const MAX_PASSAGE_VECTORS: usize = 1 << 16;

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// Bits per value of a score code: 1, 2, 3, 4 or 8.
    pub bits: u8,
    /// Seed of the rotation and of the router.
    pub seed: u64,
    /// Keep full-precision vectors for mode `exact`.
    pub keep_vectors: bool,
    /// Language whose rules make keywords of words.
    pub language: Language,
    /// Types of fields of metadata; those of other fields are learnt from the first document that has them.
    pub fields: Fields,
    /// Token vectors from which on a collection gets a router.
    pub router_from: u64,
    /// Makes a tree of summaries for each document.
    pub raptor: Option<Raptor>,
    /// Indexes small things that stand for each passage.
    pub represent: Option<Represent>,
    /// Threads for coding and for the router; no influence on the result.
    pub threads: usize,
    /// Says which inputs these are: an interrupted build is resumed only under the same plan.
    pub plan: String,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            bits: 2,
            seed: 0,
            keep_vectors: false,
            language: Language::default(),
            fields: Fields::default(),
            router_from: ROUTER_FROM,
            raptor: None,
            represent: None,
            threads: 1,
            plan: String::new(),
        }
    }
}

/// What a build is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So much is encoded and coded, including what an interrupted build had done.
    Coded {
        /// Documents.
        documents: u64,
        /// Passages.
        passages: u64,
        /// Token vectors.
        token_vectors: u64,
    },
    /// The tree across documents is being made.
    Growing,
    /// The router is being trained.
    Training,
    /// A segment is being routed.
    Routing {
        /// Number of the segment, from 1.
        segment: usize,
        /// Number of segments.
        segments: usize,
    },
    /// Searches are fitted to recalls.
    Fitting,
}

/// What a build did.
#[derive(Debug, Clone)]
pub struct BuildReport {
    /// The published generation.
    pub description: Description,
    /// Documents that an interrupted build had finished.
    pub resumed_documents: u64,
    /// Passages over the encoder's limit, which were cut.
    pub truncated_passages: u64,
    /// Tokens cut off.
    pub truncated_tokens: u64,
    /// Fields with values that filters do not see.
    pub misfits: Vec<(String, Misfit)>,
}

/// Builds a collection from documents and publishes it as its next generation.
pub fn build_documents(
    context: &Context,
    target: (&Store, &CollectionName),
    options: &BuildOptions,
    (encoder, splitting): (&dyn Encoder, Splitting),
    documents: impl Iterator<Item = Document>,
    progress: &mut dyn FnMut(Progress),
) -> Result<BuildReport> {
    let id = EncoderId::of(encoder);
    let mut writer = BuildWriter::begin(target, options, splitting, (id, encoder.width()))?;
    let mut documents = documents;
    writer.skip_done(|| documents.next().map(Ok))?;
    let growth = Growth { raptor: options.raptor, represent: options.represent, seed: options.seed };
    let mut forest = Forest::new(growth, options.keep_vectors);
    for window in Windows::new(documents, splitting, encoder) {
        let window = window?;
        context.check()?;
        let texts: Vec<&str> = window.items.iter().map(|item| item.text.as_str()).collect();
        let encoded = encoder.encode_passages(context, &texts)?;
        let cut = encoded.iter().map(|e| e.truncated_tokens as u64).filter(|&n| n > 0);
        writer.note_truncated(cut.clone().count() as u64, cut.sum());
        let work: Vec<_> = window.items.iter().zip(&encoded).collect();
        let coder = writer.coder();
        let coded = parallel::map(options.threads, &work, |(item, encoded)| {
            let coded = code(coder, &encoded.vectors, options.keep_vectors, Place::of(item));
            coded.map_err(|error| naming(&item.document, error))
        });
        let coded = coded.into_iter().collect::<Result<Vec<_>>>()?;
        let passages = work.iter().zip(&coded).map(|((item, encoded), coded)| (*item, *encoded, coded));
        let mut nodes = forest.grow(context, (encoder, coder), passages)?.into_iter();
        for (item, coded) in window.items.iter().zip(&coded) {
            if item.number == 0 {
                writer.begin_document(&item.document)?;
            }
            writer.push(coded)?;
            if item.is_last() {
                nodes.next().unwrap_or_default().iter().try_for_each(|node| writer.push_node(node))?;
            }
        }
        progress(writer.progress());
        if window.ends_segment {
            writer.end_segment()?;
        }
    }
    writer.finish(context, Some(encoder), progress)
}

/// Builds a collection from vectors: each item is a document with one passage and its token vectors.
pub fn build_vectors(
    context: &Context,
    target: (&Store, &CollectionName),
    options: &BuildOptions,
    encoder: (EncoderId, usize),
    items: impl Iterator<Item = Result<(Document, TokenMatrix)>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<BuildReport> {
    let mut writer = BuildWriter::begin(target, options, Splitting::Whole, encoder)?;
    let mut items = items.peekable();
    writer.skip_done(|| items.next().map(|item| item.map(|(document, _)| document)))?;
    while items.peek().is_some() {
        context.check()?;
        let chunk = items.by_ref().take(window::PASSAGES).collect::<Result<Vec<_>>>()?;
        let coder = writer.coder();
        let coded = parallel::map(options.threads, &chunk, |(document, vectors)| {
            let coded = code(coder, vectors, options.keep_vectors, Place::whole(document));
            coded.map_err(|error| naming(document, error))
        });
        for ((document, _), coded) in chunk.iter().zip(coded) {
            writer.begin_document(document)?;
            writer.push(&coded?)?;
        }
        progress(writer.progress());
        if writer.segment_is_full() {
            writer.end_segment()?;
        }
    }
    writer.finish(context, None, progress)
}
