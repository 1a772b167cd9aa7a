//! The daemon's encoder for query texts, and its cross-encoder: where they come from, and whether they are ready.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Instant;

use arc_swap::ArcSwap;
use maxsimd_engine::encode::{CrossEncoder, Encoder, OnnxCrossEncoder, OnnxEncoder, Runtime};
use maxsimd_engine::{Context, Result};

use crate::error::{Code, Problem};

/// Each session takes some megabytes for what it computes.
const MOST_SESSIONS: usize = 64;
/// Each has weights of its own.
const MOST_CROSS_SESSIONS: usize = 4;

/// Where the encoder comes from.
#[derive(Debug, Clone)]
pub enum EncoderSource {
    /// A model folder and the ONNX Runtime library to run it with.
    Folder {
        /// Model folder.
        folder: PathBuf,
        /// Library.
        runtime: PathBuf,
    },
    /// One that the caller has opened.
    Given(Arc<dyn Encoder>),
    /// None: searches by vectors only.
    Absent,
}

/// What says how relevant passages are to a question.
#[derive(Debug, Clone)]
pub struct CrossEncoderFolder {
    /// Model folder.
    pub folder: PathBuf,
    /// ONNX Runtime library to run it with.
    pub runtime: PathBuf,
}

/// Whether there is an encoder.
#[derive(Debug)]
pub(crate) enum EncoderState {
    Loading,
    Ready(Arc<dyn Encoder>),
    Failed,
    Absent,
}

impl EncoderState {
    /// All names.
    pub(crate) const NAMES: [&str; 4] = ["loading", "ready", "failed", "absent"];

    /// Name on the wire.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready(_) => "ready",
            Self::Failed => "failed",
            Self::Absent => "absent",
        }
    }

    /// Whether a load balancer may send requests: an encoder that was asked for has to be there.
    pub(crate) fn settled(&self) -> bool {
        matches!(self, Self::Ready(_) | Self::Absent)
    }
}

/// Holds the encoder once it is loaded and warm, and what was asked for beside it.
#[derive(Debug)]
pub(crate) struct EncoderSlot {
    state: ArcSwap<EncoderState>,
    cross: OnceLock<Arc<dyn CrossEncoder>>,
}

impl EncoderSlot {
    pub(crate) fn new() -> Self {
        Self { state: ArcSwap::from_pointee(EncoderState::Loading), cross: OnceLock::new() }
    }

    pub(crate) fn state(&self) -> Arc<EncoderState> {
        self.state.load_full()
    }

    /// The encoder, or why there is none.
    pub(crate) fn get(&self) -> Result<Arc<dyn Encoder>, Problem> {
        let unavailable = |detail: &str| Problem::new(Code::EncoderUnavailable, detail);
        match &**self.state.load() {
            EncoderState::Ready(encoder) => Ok(Arc::clone(encoder)),
            EncoderState::Loading => Err(unavailable("the encoder is still loading").retry_after(1)),
            EncoderState::Failed => Err(unavailable("the encoder cannot be loaded; the daemon's log says why")),
            EncoderState::Absent => Err(unavailable(
                "the daemon runs without an encoder: search by vectors, or start it after `maxsim models pull`",
            )),
        }
    }

    /// The cross-encoder, if one was asked for.
    pub(crate) fn cross(&self) -> Option<&Arc<dyn CrossEncoder>> {
        self.cross.get()
    }

    /// Loads and warms the encoder; takes seconds.
    fn fill(&self, source: EncoderSource, cross: Option<CrossEncoderFolder>, threads: usize) {
        let start = Instant::now();
        let opened = cross.map(|cross| self.open_cross(&cross, threads)).transpose();
        let state = match opened.and_then(|_| open(source, threads.min(MOST_SESSIONS))) {
            Ok(None) => EncoderState::Absent,
            Ok(Some(encoder)) => {
                let seconds = start.elapsed().as_secs_f64();
                tracing::info!(encoder = encoder.name(), seconds, "encoder ready");
                EncoderState::Ready(encoder)
            }
            Err(error) => {
                tracing::error!(%error, "encoders cannot be loaded");
                EncoderState::Failed
            }
        };
        self.state.store(Arc::new(state));
    }

    fn open_cross(&self, source: &CrossEncoderFolder, threads: usize) -> Result<()> {
        let runtime = Runtime::load(&source.runtime)?;
        let cross = OnnxCrossEncoder::open(&runtime, &source.folder, threads.min(MOST_CROSS_SESSIONS))?;
        cross.score(&Context::unbounded(), "warm", &["warm"])?;
        tracing::info!(cross_encoder = cross.name(), "cross-encoder ready");
        self.cross.get_or_init(|| Arc::new(cross));
        Ok(())
    }
}

/// The thread that loads encoders. Dropping it waits for the thread.
#[derive(Debug)]
pub(crate) struct Loader(Option<JoinHandle<()>>);

impl Loader {
    pub(crate) fn start(
        slot: Arc<EncoderSlot>,
        (source, cross): (EncoderSource, Option<CrossEncoderFolder>),
        threads: usize,
    ) -> io::Result<Self> {
        let body = move || slot.fill(source, cross, threads);
        std::thread::Builder::new().name("encoder".into()).spawn(body).map(|thread| Self(Some(thread)))
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // A panic there leaves the slot loading, which `/readyz` shows.
            let _ = thread.join();
        }
    }
}

fn open(source: EncoderSource, sessions: usize) -> Result<Option<Arc<dyn Encoder>>> {
    let encoder: Arc<dyn Encoder> = match source {
        EncoderSource::Absent => return Ok(None),
        EncoderSource::Given(encoder) => encoder,
        EncoderSource::Folder { folder, runtime } => {
            Arc::new(OnnxEncoder::open(&Runtime::load(&runtime)?, &folder, sessions)?)
        }
    };
    encoder.encode_queries(&Context::unbounded(), &["warm"])?;
    Ok(Some(encoder))
}
