//! Token vectors of a query or a document: nested arrays of numbers, base64 of little-endian f16 or f32 with a shape, or
//! these bytes themselves.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use maxsimd_engine::TokenMatrix;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Problem;

/// Most values per vector that are read at all; a collection's own width is checked later.
pub const MAX_WIDTH: usize = 8192;

/// At most `MAX` token vectors as they came.
#[derive(Debug, Clone)]
pub enum Vectors<'a, const MAX: usize> {
    /// `[[f32, ...], ...]`
    Nested(Nested),
    /// `{"f16" | "f32": base64, "shape": [rows, width]}`
    Encoded(Encoded<'a>),
    /// Bytes, as in the compact form.
    Packed(Packed<'a>),
}

/// Row-major values of nested arrays.
#[derive(Debug, Clone, Default)]
pub struct Nested {
    width: usize,
    rows: usize,
    values: Vec<f32>,
}

/// Values as base64.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoded<'a> {
    #[serde(borrow)]
    f16: Option<Cow<'a, str>>,
    #[serde(borrow)]
    f32: Option<Cow<'a, str>>,
    shape: (usize, usize),
}

/// Values as little-endian bytes, row after row.
#[derive(Debug, Clone)]
pub struct Packed<'a> {
    pub(super) values: Values,
    pub(super) rows: usize,
    pub(super) width: usize,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// How a value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// In four bytes.
    F32,
    /// In two.
    F16,
}

impl<const MAX: usize> Vectors<'_, MAX> {
    /// The token vectors; every value finite, every row of length 1, at least one row.
    pub(super) fn into_matrix(self) -> Result<TokenMatrix, Problem> {
        match self {
            Self::Nested(nested) if nested.rows == 0 => Err(empty()),
            Self::Nested(nested) => Ok(TokenMatrix::new(nested.width, nested.values)?.normalised()?),
            Self::Encoded(encoded) => encoded.packed(MAX)?.into_matrix(MAX),
            Self::Packed(packed) => packed.into_matrix(MAX),
        }
    }

    /// As nested arrays of numbers, for JSON.
    pub fn nested(matrix: &TokenMatrix) -> Self {
        Self::Nested(Nested { width: matrix.width(), rows: matrix.rows(), values: matrix.values().to_vec() })
    }

    /// As bytes; base64 of them in JSON.
    pub fn bytes(matrix: &TokenMatrix, values: Values) -> Self {
        let (rows, width) = (matrix.rows(), matrix.width());
        Self::Packed(Packed { values, rows, width, bytes: values.bytes(matrix.values()).into() })
    }

    /// The same as bytes.
    pub(super) fn packed(&self) -> Result<Packed<'_>, Problem> {
        match self {
            Self::Nested(Nested { width, rows, values }) => {
                let bytes = Values::F32.bytes(values).into();
                Ok(Packed { values: Values::F32, rows: *rows, width: *width, bytes })
            }
            Self::Encoded(encoded) => encoded.packed(MAX),
            Self::Packed(Packed { values, rows, width, bytes }) => {
                Ok(Packed { values: *values, rows: *rows, width: *width, bytes: Cow::Borrowed(bytes) })
            }
        }
    }
}

/// Token vectors of a reply: any number, which is the client's own.
#[derive(Debug, Clone)]
pub struct OwnVectors(pub Vectors<'static, { usize::MAX }>);

impl Serialize for OwnVectors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OwnVectors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Vectors::<'de, { usize::MAX }>::deserialize(deserializer)? {
            Vectors::Nested(nested) => Vectors::Nested(nested),
            Vectors::Encoded(encoded) => {
                Vectors::Packed(encoded.packed(usize::MAX).map_err(|problem| D::Error::custom(problem.detail))?)
            }
            Vectors::Packed(packed) => Vectors::Packed(packed.into_owned()),
        }))
    }
}

impl OwnVectors {
    /// The token vectors.
    pub fn into_matrix(self) -> Result<TokenMatrix, Problem> {
        self.0.into_matrix()
    }
}

/// What they say, whatever they are written as.
impl PartialEq for OwnVectors {
    fn eq(&self, other: &Self) -> bool {
        let matrix = |own: &Self| own.clone().into_matrix().ok();
        matrix(self) == matrix(other)
    }
}

impl Packed<'_> {
    /// The same, without borrowing from anything.
    pub(super) fn into_owned(self) -> Packed<'static> {
        Packed { bytes: self.bytes.into_owned().into(), ..self }
    }
}

impl Values {
    const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }

    const fn width(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    fn bytes(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        }
    }

    fn read(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Self::F16 => bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        }
    }
}

fn empty() -> Problem {
    Problem::field("vectors", "at least one vector is needed, each with at least one value")
}

impl Encoded<'_> {
    fn packed(&self, most: usize) -> Result<Packed<'static>, Problem> {
        let (rows, width) = self.shape;
        shaped((rows, width), most)?;
        let (values, text) = match (&self.f16, &self.f32) {
            (Some(text), None) => (Values::F16, text),
            (None, Some(text)) => (Values::F32, text),
            _ => return Err(Problem::field("vectors", "exactly one of f16 and f32 is needed beside shape")),
        };
        let refused = |error: base64::DecodeError| {
            Problem::field(format!("vectors.{}", values.name()), format!("not base64: {error}"))
        };
        let bytes = STANDARD.decode(text.as_ref()).map_err(refused)?;
        Ok(Packed { values, rows, width, bytes: bytes.into() })
    }
}

impl Packed<'_> {
    fn into_matrix(self, most: usize) -> Result<TokenMatrix, Problem> {
        let Self { values, rows, width, bytes } = self;
        shaped((rows, width), most)?;
        let expected = rows * width * values.width();
        if bytes.len() != expected {
            let detail = format!("{} bytes, the shape needs {expected}", bytes.len());
            return Err(Problem::field(format!("vectors.{}", values.name()), detail));
        }
        Ok(TokenMatrix::new(width, values.read(&bytes))?.normalised()?)
    }
}

/// At least one row and value, and no more than may be.
fn shaped((rows, width): (usize, usize), most: usize) -> Result<(), Problem> {
    if rows == 0 || width == 0 {
        return Err(empty());
    }
    if rows > most || width > MAX_WIDTH {
        return Err(Problem::field("vectors.shape", format!("at most {most} vectors of width {MAX_WIDTH}")));
    }
    Ok(())
}

impl<const MAX: usize> Serialize for Vectors<'_, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Nested(Nested { width, values, .. }) = self {
            return serializer.collect_seq(values.chunks((*width).max(1)));
        }
        let packed = self.packed().map_err(|problem| serde::ser::Error::custom(problem.detail))?;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(packed.values.name(), &STANDARD.encode(&packed.bytes))?;
        map.serialize_entry("shape", &[packed.rows, packed.width])?;
        map.end()
    }
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
