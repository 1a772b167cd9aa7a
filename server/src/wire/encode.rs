//! POST /v1/encode: texts to token vectors, in the forms that searches and documents take.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use maxsimd_engine::TokenMatrix;
use maxsimd_engine::encode::Encoded;
use serde::de::MapAccess;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::input::Input;
use super::object::{self, Object};
use super::request::MAX_DEADLINE_MS;
use super::whole::Whole;
use crate::error::Problem;

/// Texts of a request.
const MOST_TEXTS: usize = 64;

/// Which side of a search a text is of. Encoders may treat them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// What is searched for.
    Query,
    /// What is found.
    #[default]
    Document,
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
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

#[derive(Default)]
struct EncodeBody {
    input: Option<Input<MOST_TEXTS>>,
    input_type: Option<InputType>,
    encoding: Option<Encoding>,
    deadline_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
}

impl<'de> Object<'de> for EncodeBody {
    const KIND: &'static str = "texts to encode";
    const FIELDS: &'static [&'static str] = &["input", "input_type", "encoding", "deadline_ms"];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "input" => self.input = map.next_value()?,
            "input_type" => self.input_type = map.next_value()?,
            "encoding" => self.encoding = map.next_value()?,
            _ => self.deadline_ms = map.next_value()?,
        }
        Ok(())
    }
}

impl EncodeAsk {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: EncodeBody = object::parse(bytes)?;
        let input = body.input.ok_or_else(|| Problem::field("input", "a text or a list of texts is needed"))?;
        Ok(Self {
            texts: input.into_texts()?,
            input_type: body.input_type.unwrap_or_default(),
            encoding: body.encoding.unwrap_or_default(),
            deadline: body.deadline_ms.map(|ms| Duration::from_millis(ms.0)),
        })
    }
}

/// Token vectors of each text.
#[derive(Debug, Serialize)]
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

/// Token vectors of one text.
#[derive(Debug, Serialize)]
pub struct EncodedBody {
    /// Which of the texts.
    pub index: usize,
    /// Number of token vectors.
    pub tokens: usize,
    /// Tokens that did not fit into the encoder's limit.
    pub truncated_tokens: usize,
    /// The vectors, as `vectors` of a search or a document takes them.
    pub vectors: VectorsBody,
}

/// Token vectors in one of three forms.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum VectorsBody {
    /// Row by row.
    Float(Rows),
    /// Little-endian f16, row after row.
    F16 {
        /// In base64.
        f16: String,
        /// Rows and width.
        shape: [usize; 2],
    },
    /// Little-endian f32, row after row.
    F32 {
        /// In base64.
        f32: String,
        /// Rows and width.
        shape: [usize; 2],
    },
}

/// Token vectors as a list of lists.
#[derive(Debug)]
pub struct Rows(TokenMatrix);

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.rows()))?;
        self.0.iter_rows().try_for_each(|row| rows.serialize_element(row))?;
        rows.end()
    }
}

impl EncodedBody {
    /// The wire form of an encoded text.
    pub fn new(index: usize, encoded: Encoded, encoding: Encoding) -> Self {
        let Encoded { vectors, truncated_tokens, .. } = encoded;
        let tokens = vectors.rows();
        Self { index, tokens, truncated_tokens, vectors: VectorsBody::new(vectors, encoding) }
    }
}

impl VectorsBody {
    fn new(vectors: TokenMatrix, encoding: Encoding) -> Self {
        let (values, shape) = (vectors.values(), [vectors.rows(), vectors.width()]);
        match encoding {
            Encoding::Float => Self::Float(Rows(vectors)),
            Encoding::F16 => {
                let bytes: Vec<u8> = values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect();
                Self::F16 { f16: STANDARD.encode(bytes), shape }
            }
            Encoding::F32 => Self::F32 { f32: base64(values), shape },
        }
    }
}

/// Values as base64 of little-endian f32.
pub(super) fn base64(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}
