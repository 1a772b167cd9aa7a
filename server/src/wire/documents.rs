//! Documents to add and documents to delete.

use maxsimd_engine::build::MAX_PASSAGE_VECTORS;
use maxsimd_engine::live::{Change, MAX_DOCUMENTS, StoredDocument, Upsert, generated_id};
use maxsimd_engine::{Document, TextFormat};
use serde::de::MapAccess;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::list::List;
use super::object::{self, Object};
use super::request;
use super::vectors::Vectors;
use crate::error::Problem;

/// Documents to add, with the ids that were made for those that had none.
#[derive(Debug)]
pub struct UpsertRequest {
    /// What is asked for.
    pub change: Change,
    /// Made ids, in the order of the documents that have them.
    pub made: Vec<String>,
}

/// What is acknowledged.
#[derive(Debug, Serialize)]
pub struct ChangeAnswer {
    /// Documents or ids in the request.
    pub accepted: usize,
    /// To ask for what became of it.
    pub operation: String,
    /// The generation that holds it, once it is searchable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// Ids of documents that came without one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// A document.
#[derive(Debug, Serialize)]
pub struct DocumentAnswer {
    id: String,
    title: String,
    text: String,
    metadata: Map<String, Json>,
    /// Absent while it waits to be split and encoded.
    passages: Option<usize>,
}

#[derive(Default)]
struct UpsertBody<'a> {
    documents: Option<List<DocumentBody<'a>, MAX_DOCUMENTS>>,
}

#[derive(Default)]
struct DeleteBody<'a> {
    ids: Option<List<String, MAX_DOCUMENTS>>,
    filter: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentBody<'a> {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    format: Option<TextFormat>,
    #[serde(default, borrow)]
    vectors: Option<Vectors<'a, MAX_PASSAGE_VECTORS>>,
    #[serde(default)]
    metadata: Option<Map<String, Json>>,
}

impl UpsertRequest {
    /// Reads a body.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let UpsertBody { documents } = object::parse(bytes)?;
        let Some(List(documents)) = documents.filter(|documents| !documents.0.is_empty()) else {
            return Err(Problem::field("documents", "at least one document is needed"));
        };
        let mut made = Vec::new();
        let upserts = documents.into_iter().enumerate().map(|(at, body)| body.upsert(at, &mut made));
        Ok(Self { change: Change::Upsert(upserts.collect::<Result<_, _>>()?), made })
    }
}

impl DocumentBody<'_> {
    fn upsert(self, at: usize, made: &mut Vec<String>) -> Result<Upsert, Problem> {
        let inside = |problem: Problem| {
            let field = problem.field.as_deref().unwrap_or_default();
            let field = format!("documents[{at}].{field}");
            problem.at(field)
        };
        let vectors = self.vectors.map(|vectors| vectors.into_matrix()).transpose().map_err(inside)?;
        if self.text.is_none() && vectors.is_none() {
            return Err(Problem::field(format!("documents[{at}].text"), "text or vectors are needed"));
        }
        let mut document = Document {
            id: self.id.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            text: self.text.unwrap_or_default(),
            format: self.format.unwrap_or_default(),
            metadata: self.metadata.unwrap_or_default(),
        };
        if document.id.is_empty() {
            document.id = generated_id(&document, vectors.as_ref());
            made.push(document.id.clone());
        }
        Ok(Upsert { document, vectors })
    }
}

/// Reads what to delete.
pub fn parse_delete(bytes: &[u8]) -> Result<Change, Problem> {
    match object::parse(bytes)? {
        DeleteBody { ids: Some(List(ids)), filter: None } => Ok(Change::Delete(ids)),
        DeleteBody { ids: None, filter: Some(filter) } => Ok(Change::DeleteMatching(request::filter(filter)?)),
        _ => Err(Problem::field("ids", "exactly one of ids and filter is needed")),
    }
}

impl From<StoredDocument> for DocumentAnswer {
    fn from(document: StoredDocument) -> Self {
        let StoredDocument { id, title, text, metadata, passages } = document;
        Self { id, title, text, metadata, passages }
    }
}

impl<'de> Object<'de> for UpsertBody<'de> {
    const KIND: &'static str = "an upsert";
    const FIELDS: &'static [&'static str] = &["documents"];

    fn take<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.documents = map.next_value()?;
        Ok(())
    }
}

impl<'de> Object<'de> for DeleteBody<'de> {
    const KIND: &'static str = "a deletion";
    const FIELDS: &'static [&'static str] = &["ids", "filter"];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "ids" => self.ids = map.next_value()?,
            _ => self.filter = map.next_value()?,
        }
        Ok(())
    }
}
