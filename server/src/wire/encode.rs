//! POST /v1/encode: texts to token vectors, in the forms that searches and documents take.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maxsimd_engine::encode::Encoded;
use serde::{Deserialize, Serialize};

use super::Request;
use super::compact::{compact, request};
use super::input::Input;
use super::request::MAX_DEADLINE_MS;
use super::text::Named;
use super::vectors::{OwnVectors, Values, Vectors};
use super::whole::Whole;
use crate::error::Problem;

/// Texts of a request.
const MOST_TEXTS: usize = 64;

/// Which side of a search a text is of. Encoders may treat them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// What is searched for.
    Query,
    /// What is found.
    #[default]
    Document,
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Nested arrays of numbers.
    #[default]
    Float,
    /// Base64 of little-endian f16.
    F16,
    /// Base64 of little-endian f32.
    F32,
}

/// Texts whose token vectors are wanted.
#[derive(Debug, Clone)]
pub struct EncodeAsk {
    /// At least one.
    pub texts: Vec<String>,
    /// What they are.
    pub input_type: InputType,
    /// How their vectors are written.
    pub encoding: Encoding,
    /// How long it may take, if the request says so.
    pub deadline: Option<Duration>,
}

request! {
    /// Texts to encode, as they came.
    "texts to encode" => pub struct EncodeBody {
        /// One or several.
        input: Input<MOST_TEXTS> where |it| it.needed(),
        /// What they are.
        input_type: Named<InputType>,
        /// How their vectors are written.
        encoding: Named<Encoding>,
        /// How long it may take.
        deadline_ms: Whole<1, MAX_DEADLINE_MS>,
    }
}

impl Request for EncodeAsk {
    type Body<'a> = EncodeBody;

    fn check(body: EncodeBody) -> Result<Self, Problem> {
        let input = body.input.ok_or_else(|| Problem::field("input", "a text or a list of texts is needed"))?;
        Ok(Self {
            texts: input.into_texts()?,
            input_type: body.input_type.unwrap_or_default().0,
            encoding: body.encoding.unwrap_or_default().0,
            deadline: body.deadline_ms.map(|ms| Duration::from_millis(ms.0)),
        })
    }
}

compact! {
    /// Token vectors of each text.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct EncodeReply {
        /// Name of the encoder.
        pub model: String,
        /// Its fingerprint, as collections have it.
        pub fingerprint: String,
        /// Values per token vector.
        pub width: usize,
        /// In the order of the texts.
        pub data: Vec<EncodedBody>,
    }
}

compact! {
    /// Token vectors of one text.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct EncodedBody {
        /// Which of the texts.
        pub index: usize,
        /// Number of token vectors.
        pub tokens: usize,
        /// Tokens that did not fit into the encoder's limit.
        pub truncated_tokens: usize,
        /// The vectors, as `vectors` of a search or a document takes them.
        pub vectors: OwnVectors,
    }
}

impl EncodedBody {
    /// The wire form of an encoded text.
    pub fn new(index: usize, encoded: Encoded, encoding: Encoding) -> Self {
        let Encoded { vectors, truncated_tokens, .. } = encoded;
        let tokens = vectors.rows();
        let vectors = OwnVectors(match encoding {
            Encoding::Float => Vectors::nested(&vectors),
            Encoding::F16 => Vectors::bytes(&vectors, Values::F16),
            Encoding::F32 => Vectors::bytes(&vectors, Values::F32),
        });
        Self { index, tokens, truncated_tokens, vectors }
    }
}

/// Values as base64 of little-endian f32.
pub(super) fn base64(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}
