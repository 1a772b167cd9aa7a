//! The daemon's encoder for query texts: where it comes from, and whether it is ready.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use arc_swap::ArcSwap;
use maxsimd_engine::encode::{Encoder, OnnxEncoder, Runtime};
use maxsimd_engine::{Context, Result};

use crate::error::{Code, Problem};

/// Each session takes some megabytes for what it computes.
const MOST_SESSIONS: usize = 64;

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

/// Whether there is an encoder.
#[derive(Debug)]
pub(crate) enum EncoderState {
    Loading,
    Ready(Arc<dyn Encoder>),
    Failed,
    Absent,
}

impl EncoderState {
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

/// Holds the encoder once it is loaded and warm.
#[derive(Debug)]
pub(crate) struct EncoderSlot(ArcSwap<EncoderState>);

impl EncoderSlot {
    pub(crate) fn new() -> Self {
        Self(ArcSwap::from_pointee(EncoderState::Loading))
    }

    pub(crate) fn state(&self) -> Arc<EncoderState> {
        self.0.load_full()
    }

    /// The encoder, or why there is none.
    pub(crate) fn get(&self) -> Result<Arc<dyn Encoder>, Problem> {
        let unavailable = |detail: &str| Problem::new(Code::EncoderUnavailable, detail);
        match &**self.0.load() {
            EncoderState::Ready(encoder) => Ok(Arc::clone(encoder)),
            EncoderState::Loading => Err(unavailable("the encoder is still loading").retry_after(1)),
            EncoderState::Failed => Err(unavailable("the encoder cannot be loaded; the daemon's log says why")),
            EncoderState::Absent => Err(unavailable(
                "the daemon runs without an encoder: search by vectors, or start it after `maxsim models pull`",
            )),
        }
    }

    /// Loads and warms the encoder; takes seconds.
    fn fill(&self, source: EncoderSource, sessions: usize) {
        let start = Instant::now();
        let state = match open(source, sessions) {
            Ok(None) => EncoderState::Absent,
            Ok(Some(encoder)) => {
                let seconds = start.elapsed().as_secs_f64();
                tracing::info!(encoder = encoder.name(), seconds, "encoder ready");
                EncoderState::Ready(encoder)
            }
            Err(error) => {
                tracing::error!(%error, "encoder cannot be loaded");
                EncoderState::Failed
            }
        };
        self.0.store(Arc::new(state));
    }
}

/// The thread that loads the encoder. Dropping it waits for the thread.
#[derive(Debug)]
pub(crate) struct Loader(Option<JoinHandle<()>>);

impl Loader {
    pub(crate) fn start(slot: Arc<EncoderSlot>, source: EncoderSource, threads: usize) -> io::Result<Self> {
        let body = move || slot.fill(source, threads.min(MOST_SESSIONS));
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
