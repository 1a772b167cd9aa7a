//! Encoders: text to token vectors; cross-encoders: pairs of texts to scores. A trait for each, and the implementation
//! that runs an ONNX model folder.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use maxsimd_engine::Context;
//! use maxsimd_engine::encode::{Encoder, OnnxEncoder, Runtime};
//!
//! let runtime = Runtime::load(Path::new("runtime/libonnxruntime.so"))?;
//! let encoder = OnnxEncoder::open(&runtime, Path::new("models/all-minilm-l6-v2"), 2)?;
//! let queries = encoder.encode_queries(&Context::unbounded(), &["how does late interaction work"])?;
//! assert_eq!(queries[0].vectors.width(), 384);
//! # Ok::<(), maxsimd_engine::Error>(())
//! ```

mod batch;
mod checkpoint;
mod convert;
mod cross;
mod folder;
mod graph;
mod layout;
mod onnx;
mod operators;
mod pool;
mod pooling;
mod runtime;
mod sequence;
mod session;
mod settings;
mod shared;
mod tokenize;

pub use convert::{Precision, convert};
pub use cross::{CrossEncoder, OnnxCrossEncoder};
pub use onnx::OnnxEncoder;
pub use runtime::Runtime;
pub use settings::{EncoderSettings, Expansion, GraphLayout, GraphNames, SideSettings};

use serde::Serialize;

use crate::{Context, Error, Result, TokenMatrix};

/// Identity of an encoder: BLAKE3 over weights, tokenizer and settings, as lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub String);

impl Fingerprint {
    /// Each of the three parts comes after its length, so that no two different encoders hash the same bytes.
    fn of(settings: &impl Serialize, vocabulary: &[u8], model: &[u8]) -> Result<Self> {
        let settings = serde_json::to_vec(settings).map_err(|e| Error::invalid("settings", e.to_string()))?;
        let mut hasher = blake3::Hasher::new();
        for part in [model, vocabulary, &settings] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Ok(Self(hasher.finalize().to_hex().to_string()))
    }
}

/// One encoded text.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// L2-normalised token vectors.
    pub vectors: TokenMatrix,
    /// Tokens that did not fit into the encoder's limit and were left out.
    pub truncated_tokens: usize,
    /// Byte of the text at which the token of each vector begins; `None` for special tokens, and for vectors that stand
    /// for several tokens.
    pub starts: Vec<Option<usize>>,
}

/// What is encoded of a passage: title, headings and text, without saying the title twice.
pub(crate) fn encoded_text(title: &str, heading: &str, text: &str) -> String {
    let heading = heading.strip_prefix(title).unwrap_or(heading).trim_start_matches([' ', '>']);
    let parts = [title, heading, text];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Turns texts into L2-normalised token vectors. Results come in the order of the texts and depend on
/// nothing but the texts of the call, whatever the number of threads.
pub trait Encoder: Send + Sync + std::fmt::Debug {
    /// Short name, e.g. `all-minilm-l6-v2`.
    fn name(&self) -> &str;
    /// Identity that collections store and compare.
    fn fingerprint(&self) -> &Fingerprint;
    /// Values per token vector.
    fn width(&self) -> usize;
    /// Encodes queries, each to vectors that depend on nothing but its text. What is over the limit is cut and counted.
    /// A query without a single token is an error (`Error::Invalid`, field `query`).
    fn encode_queries(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>>;
    /// Encodes passages; what is over the limit is cut and counted. An empty passage has its special tokens only.
    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>>;
    /// What [`Encoded::starts`] of passages would be, without encoding them.
    fn passage_starts(&self, context: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>>;
    /// Number of tokens of a text, markers not counted.
    fn count_tokens(&self, text: &str) -> Result<usize>;
    /// Start byte of every token of a text, ascending, markers not counted (for splitting to a token budget).
    fn token_starts(&self, text: &str) -> Result<Vec<usize>>;
}
