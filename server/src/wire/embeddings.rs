//! Embeddings as clients of OpenAI ask for them: one vector for each text.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};

use super::encode::{InputType, base64};
use super::input::Input;
use super::lenient;
use super::reply::Degraded;
use super::request::MAX_DEADLINE_MS;
use super::schema::{Described, Schemas, any_of, described};
use super::whole::Whole;
use crate::error::Problem;

/// Texts of a request, as many as OpenAI takes.
const MOST_TEXTS: usize = 2048;
const MOST_DIMENSIONS: u64 = 1 << 16;

/// Texts that are to become one vector each.
#[derive(Debug, Clone)]
pub struct EmbeddingsAsk {
    /// At least one.
    pub texts: Vec<String>,
    /// What they are.
    pub input_type: InputType,
    /// How their vectors are written.
    pub format: EmbeddingFormat,
    /// The width that is expected.
    pub dimensions: Option<usize>,
    /// How long it may take, if the request says so.
    pub deadline: Option<Duration>,
}

/// How a vector is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingFormat {
    /// A list of numbers.
    #[default]
    Float,
    /// Base64 of little-endian f32.
    Base64,
}

described! {
    /// Texts that are to become one vector each. Which model is named makes no difference: there is one.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub struct EmbeddingsBody {
        /// One or several.
        input: Option<Input<MOST_TEXTS>> where |it| it.needed(),
        /// How their vectors are written.
        encoding_format: Option<EmbeddingFormat>,
        /// The width that is expected; another one than the encoder's is refused.
        dimensions: Option<Whole<1, MOST_DIMENSIONS>>,
        /// What they are.
        input_type: Option<InputType>,
        /// How long it may take.
        deadline_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
    }
}

impl EmbeddingsAsk {
    /// Reads the body of a request. Which model it names makes no difference: there is one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: EmbeddingsBody = lenient::parse(bytes)?;
        let input = body.input.ok_or_else(|| Problem::field("input", "a text or a list of texts is needed"))?;
        Ok(Self {
            texts: input.into_texts()?,
            input_type: body.input_type.unwrap_or_default(),
            format: body.encoding_format.unwrap_or_default(),
            dimensions: body.dimensions.and_then(|width| usize::try_from(width.0).ok()),
            deadline: body.deadline_ms.map(|ms| Duration::from_millis(ms.0)),
        })
    }
}

described! {
    /// One vector for each text.
    #[derive(Debug, Serialize)]
    pub struct EmbeddingsReply {
        /// `list`.
        object: &'static str,
        /// In the order of the texts.
        data: Vec<EmbeddingBody>,
        /// Name of the encoder.
        model: String,
        /// What was read.
        usage: EmbeddingsUsage,
        /// What was done in a lesser way than asked for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        degraded: Vec<Degraded>,
    }
}

described! {
    /// The vector of a text.
    #[derive(Debug, Serialize)]
    struct EmbeddingBody {
        /// `embedding`.
        object: &'static str,
        /// Which of the texts.
        index: usize,
        /// Its numbers, or base64 of them as little-endian f32.
        embedding: Embedding,
    }
}

impl Described for Embedding {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        any_of(vec![Vec::<f32>::schema(all), String::schema(all)])
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Embedding {
    Float(Vec<f32>),
    Base64(String),
}

described! {
    /// What was read.
    #[derive(Debug, Serialize)]
    struct EmbeddingsUsage {
        /// Tokens of the texts.
        prompt_tokens: usize,
        /// The same.
        total_tokens: usize,
    }
}

impl EmbeddingsReply {
    /// The wire form of vectors by a model of texts with so many tokens.
    pub fn new(
        model: &str,
        vectors: Vec<Vec<f32>>,
        format: EmbeddingFormat,
        (tokens, degraded): (usize, Vec<Degraded>),
    ) -> Self {
        let data = vectors.into_iter().enumerate().map(|(index, vector)| {
            let embedding = match format {
                EmbeddingFormat::Float => Embedding::Float(vector),
                EmbeddingFormat::Base64 => Embedding::Base64(base64(&vector)),
            };
            EmbeddingBody { object: "embedding", index, embedding }
        });
        Self {
            object: "list",
            data: data.collect(),
            model: model.to_owned(),
            usage: EmbeddingsUsage { prompt_tokens: tokens, total_tokens: tokens },
            degraded,
        }
    }
}
