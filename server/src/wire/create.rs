//! A collection to be created.

use std::borrow::Cow;

use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::filter::Fields;
use maxsimd_engine::keywords::Language;
use maxsimd_engine::raptor::Raptor;
use serde::Deserialize;
use serde::de::MapAccess;

use super::object::{self, Object, text};
use super::vectors::MAX_WIDTH;
use super::whole::Whole;
use crate::error::{Code, Problem};

const MOST_VALUES: u64 = MAX_WIDTH as u64;

/// A collection to be created.
#[derive(Debug)]
pub struct CreateRequest {
    /// Its name.
    pub name: CollectionName,
    /// Name of the encoder; the daemon's own if absent.
    pub encoder: Option<String>,
    /// Values per token vector, for collections of vectors from elsewhere.
    pub width: Option<usize>,
    /// Bits per value of a score code.
    pub bits: Option<u8>,
    /// Types of fields.
    pub fields: Fields,
    /// Language of the keywords.
    pub language: Language,
    /// Whether full-precision vectors are kept.
    pub keep_vectors: bool,
    /// Whether texts are split into passages.
    pub split: bool,
    /// How trees of summaries are made, if they are.
    pub raptor: Option<Raptor>,
}

#[derive(Default)]
struct CreateBody<'a> {
    name: Option<Cow<'a, str>>,
    encoder: Option<Cow<'a, str>>,
    width: Option<Whole<8, MOST_VALUES>>,
    bits: Option<Whole<1, 8>>,
    fields: Option<Fields>,
    language: Option<Cow<'a, str>>,
    keep_vectors: Option<bool>,
    split: Option<bool>,
    raptor: Option<Trees>,
}

/// `true`, or the name of a strategy.
#[derive(Deserialize)]
#[serde(untagged)]
enum Trees {
    Any(bool),
    By(String),
}

impl Trees {
    fn raptor(self) -> Result<Option<Raptor>, Problem> {
        Ok(match self {
            Self::Any(wanted) => wanted.then(Raptor::default),
            Self::By(name) => Some(Raptor { clustering: name.parse()?, ..Raptor::default() }),
        })
    }
}

impl CreateRequest {
    /// Reads a body.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: CreateBody<'_> = object::parse(bytes)?;
        let name = body.name.ok_or_else(|| Problem::field("name", "a name is needed"))?;
        let name = CollectionName::parse(&name)
            .map_err(|error| Problem::new(Code::InvalidField, error.to_string()).at("name"))?;
        let narrow = |whole: u64| usize::try_from(whole).map_err(|_| Problem::field("width", "too wide"));
        Ok(Self {
            name,
            encoder: body.encoder.map(Cow::into_owned),
            width: body.width.map(|width| narrow(width.0)).transpose()?,
            bits: body.bits.and_then(|bits| u8::try_from(bits.0).ok()),
            fields: body.fields.unwrap_or_default(),
            language: body.language.map_or(Ok(Language::default()), |name| name.parse())?,
            keep_vectors: body.keep_vectors.unwrap_or(false),
            split: body.split.unwrap_or(true),
            raptor: body.raptor.map_or(Ok(None), Trees::raptor)?,
        })
    }
}

impl<'de> Object<'de> for CreateBody<'de> {
    const KIND: &'static str = "a collection to be created";
    const FIELDS: &'static [&'static str] =
        &["name", "encoder", "width", "bits", "fields", "language", "keep_vectors", "split", "raptor"];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "name" => self.name = text(map)?,
            "encoder" => self.encoder = text(map)?,
            "width" => self.width = map.next_value()?,
            "bits" => self.bits = map.next_value()?,
            "fields" => self.fields = map.next_value()?,
            "language" => self.language = text(map)?,
            "keep_vectors" => self.keep_vectors = map.next_value()?,
            "split" => self.split = map.next_value()?,
            _ => self.raptor = map.next_value()?,
        }
        Ok(())
    }
}
