//! What an alias stands for.

use std::borrow::Cow;

use maxsimd_engine::collection::CollectionName;
use serde::de::MapAccess;

use super::object::{self, Object, text};
use crate::error::Problem;

/// What an alias is to stand for.
#[derive(Debug)]
pub struct AliasRequest {
    /// A collection by its own name.
    pub collection: CollectionName,
}

#[derive(Default)]
struct AliasBody<'a> {
    collection: Option<Cow<'a, str>>,
}

impl AliasRequest {
    /// Reads a body.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let AliasBody { collection } = object::parse(bytes)?;
        let name = collection.ok_or_else(|| Problem::field("collection", "a collection is needed"))?;
        let collection =
            CollectionName::parse(&name).map_err(|error| Problem::field("collection", error.to_string()))?;
        Ok(Self { collection })
    }
}

impl<'de> Object<'de> for AliasBody<'de> {
    const KIND: &'static str = "an alias";
    const FIELDS: &'static [&'static str] = &["collection"];

    fn take<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.collection = text(map)?;
        Ok(())
    }
}
