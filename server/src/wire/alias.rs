//! What an alias stands for.

use std::collections::BTreeMap;

use maxsimd_engine::collection::CollectionName;
use serde::{Deserialize, Serialize};

use super::Request;
use super::compact::{compact, request};
use super::schema::COLLECTION_NAME;
use super::text::{Free, Text};
use crate::error::Problem;

/// What an alias is to stand for.
#[derive(Debug)]
pub struct AliasRequest {
    /// A collection by its own name.
    pub collection: CollectionName,
}

request! {
    /// What an alias is to stand for, as it came.
    "an alias" => pub struct AliasSetBody<'a> {
        /// A collection by its own name.
        collection: Text<'a> where |it| it.pattern(COLLECTION_NAME).needed(),
    }
}

compact! {
    /// All aliases.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct AliasesBody {
        /// Aliases and the collections that they stand for.
        pub aliases: Free<BTreeMap<String, String>>,
    }
}

compact! {
    /// One alias.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct AliasBody {
        /// Its name.
        pub alias: String,
        /// What it stands for.
        pub collection: String,
    }
}

impl Request for AliasRequest {
    type Body<'a> = AliasSetBody<'a>;

    fn check(body: AliasSetBody<'_>) -> Result<Self, Problem> {
        let name = body.collection.ok_or_else(|| Problem::field("collection", "a collection is needed"))?;
        let collection =
            CollectionName::parse(&name).map_err(|error| Problem::field("collection", error.to_string()))?;
        Ok(Self { collection })
    }
}
