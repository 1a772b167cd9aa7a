//! Token vectors of a query or a document: nested arrays of numbers, or base64 of little-endian f16 or f32 with a shape.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use maxsimd_engine::TokenMatrix;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::error::Problem;

/// Most values per vector that are read at all; a collection's own width is checked later.
pub const MAX_WIDTH: usize = 8192;

/// At most `MAX` token vectors as they came.
#[derive(Debug)]
pub(super) enum Vectors<'a, const MAX: usize> {
    /// `[[f32, ...], ...]`
    Nested(Nested),
    /// `{"f16" | "f32": base64, "shape": [rows, width]}`
    Encoded(Encoded<'a>),
}

/// Row-major values of nested arrays.
#[derive(Debug, Default)]
pub(super) struct Nested {
    width: usize,
    rows: usize,
    values: Vec<f32>,
}

/// Values as base64.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encoded<'a> {
    #[serde(borrow)]
    f16: Option<Cow<'a, str>>,
    #[serde(borrow)]
    f32: Option<Cow<'a, str>>,
    shape: (usize, usize),
}

impl<const MAX: usize> Vectors<'_, MAX> {
    /// The token vectors; every value finite, every row of length 1, at least one row.
    pub(super) fn into_matrix(self) -> Result<TokenMatrix, Problem> {
        match self {
            Self::Nested(nested) if nested.rows == 0 => Err(empty()),
            Self::Nested(nested) => Ok(TokenMatrix::new(nested.width, nested.values)?.normalised()?),
            Self::Encoded(encoded) => encoded.into_matrix(MAX),
        }
    }
}

fn empty() -> Problem {
    Problem::field("vectors", "at least one vector is needed, each with at least one value")
}

impl Encoded<'_> {
    fn into_matrix(self, most: usize) -> Result<TokenMatrix, Problem> {
        let (rows, width) = self.shape;
        if rows == 0 || width == 0 {
            return Err(empty());
        }
        if rows > most || width > MAX_WIDTH {
            let most = format!("at most {most} vectors of width {MAX_WIDTH}");
            return Err(Problem::field("vectors.shape", most));
        }
        let values = match (&self.f16, &self.f32) {
            (Some(text), None) => {
                let bytes = decode("vectors.f16", text, rows * width * 2)?;
                bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
            }
            (None, Some(text)) => {
                let bytes = decode("vectors.f32", text, rows * width * 4)?;
                bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            }
            _ => return Err(Problem::field("vectors", "exactly one of f16 and f32 is needed beside shape")),
        };
        Ok(TokenMatrix::new(width, values)?.normalised()?)
    }
}

fn decode(field: &'static str, text: &str, expected: usize) -> Result<Vec<u8>, Problem> {
    let bytes = STANDARD.decode(text).map_err(|e| Problem::field(field, format!("not base64: {e}")))?;
    if bytes.len() == expected {
        return Ok(bytes);
    }
    Err(Problem::field(field, format!("{} bytes, the shape needs {expected}", bytes.len())))
}

struct VectorsVisitor<const MAX: usize>;

impl<'de, const MAX: usize> Visitor<'de> for VectorsVisitor<MAX> {
    type Value = Vectors<'de, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of vectors, or an object with f16 or f32 and shape")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        let mut nested = Nested::default();
        while rows.next_element_seed(Row::<MAX>(&mut nested))?.is_some() {}
        Ok(Vectors::Nested(nested))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Encoded::deserialize(MapAccessDeserializer::new(map)).map(Vectors::Encoded)
    }
}

impl<'de: 'a, 'a, const MAX: usize> Deserialize<'de> for Vectors<'a, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VectorsVisitor::<MAX>)
    }
}

/// Reads one row into the flat values; all rows must be as long as the first.
struct Row<'a, const MAX: usize>(&'a mut Nested);

impl<'de, const MAX: usize> DeserializeSeed<'de> for Row<'_, MAX> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, const MAX: usize> Visitor<'de> for Row<'_, MAX> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        let nested = self.0;
        if nested.rows == MAX {
            return Err(A::Error::custom(format_args!("more than {MAX} vectors")));
        }
        let longest = if nested.rows == 0 { MAX_WIDTH } else { nested.width };
        let mut length = 0;
        while let Some(value) = row.next_element::<f32>()? {
            length += 1;
            if length > longest {
                return Err(A::Error::custom(format_args!("more than {longest} values")));
            }
            nested.values.push(value);
        }
        if length == 0 || (nested.rows > 0 && length < nested.width) {
            return Err(A::Error::custom(format_args!(
                "{length} values; every vector needs as many as the first, and one at least"
            )));
        }
        nested.width = length;
        nested.rows += 1;
        Ok(())
    }
}
