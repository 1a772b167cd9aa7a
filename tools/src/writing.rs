//! A collection that a command writes to: its lock, what waits in its log, and the encoder if that needs one.

use std::fmt;
use std::sync::Arc;

use anyhow::anyhow;
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::encode::Encoder;
use maxsimd_engine::live::{Applied, Compacted, LiveCollection};
use maxsimd_engine::{Context, Error};

use crate::corpus::printable;
use crate::flags::{self, ModelFlags};

/// Errors in a row that may be of the moment. The engine gives up an operation after fewer.
const PATIENCE: usize = 8;

/// A collection that is open for writing.
#[derive(Debug)]
pub struct Writing<'a> {
    /// The collection itself.
    pub live: LiveCollection,
    model: &'a ModelFlags,
    encoder: Option<Arc<dyn Encoder>>,
}

/// An operation that changed nothing.
#[derive(Debug)]
pub struct Failed {
    /// Its number.
    pub operation: u64,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operation {} failed: {}", self.operation, printable(&self.reason))
    }
}

impl<'a> Writing<'a> {
    /// Takes the collection's lock. Without an encoder, the model is opened if a text waits.
    pub fn open(
        store: &Store,
        name: &CollectionName,
        model: &'a ModelFlags,
        encoder: Option<Arc<dyn Encoder>>,
    ) -> anyhow::Result<Self> {
        let live = LiveCollection::open(store, name).map_err(busy)?;
        if let Some(encoder) = &encoder {
            live.generation().check_encoder(&EncoderId::of(&**encoder))?;
        }
        Ok(Self { live, model, encoder })
    }

    /// Applies all that waits, and says what failed for good.
    pub fn apply(&mut self) -> anyhow::Result<Vec<Failed>> {
        let (mut failed, mut errors) = (Vec::new(), 0);
        loop {
            match self.live.apply(&Context::unbounded(), self.encoder.as_deref()) {
                Ok(Applied::Nothing) => return Ok(failed),
                Ok(Applied::Published(_)) => errors = 0,
                Ok(Applied::Failed { operation, reason }) => {
                    failed.push(Failed { operation, reason });
                    errors = 0;
                }
                Err(Error::EncoderNeeded { .. }) if self.encoder.is_none() => {
                    let generation = self.live.generation();
                    self.encoder = Some(self.model.open_for(&generation, flags::threads(None))?);
                }
                Err(error) if errors == PATIENCE => return Err(error.into()),
                Err(_) => errors += 1,
            }
        }
    }

    /// Merges what is due, trains a router if one is, and mends the tree across documents if much has changed and the
    /// encoder is at hand.
    pub fn compact(&self) -> anyhow::Result<()> {
        let context = Context::unbounded();
        while self.live.compact(&context)? != Compacted::Nothing {}
        self.live.route(&context, None)?;
        self.live.mend(&context, self.encoder.as_deref(), false)?;
        Ok(())
    }

    /// The same with all that there is to merge and to mend.
    pub fn compact_all(&mut self) -> anyhow::Result<()> {
        let context = Context::unbounded();
        self.live.compact_all(&context)?;
        if self.live.mending_is_due(&context, true)? && self.encoder.is_none() {
            match self.model.open_for(&self.live.generation(), flags::threads(None)) {
                Ok(encoder) => self.encoder = Some(encoder),
                Err(error) => eprintln!("the tree across documents is not mended: {error:#}"),
            }
        }
        self.live.mend(&context, self.encoder.as_deref(), true)?;
        Ok(())
    }
}

fn busy(error: Error) -> anyhow::Error {
    match &error {
        Error::Locked { .. } => {
            anyhow!("{error}; if it is the daemon, send it the change over HTTP (server/PROTOCOL.md), or stop it first")
        }
        _ => error.into(),
    }
}
