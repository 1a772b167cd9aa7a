//! Documents to add and documents to delete.

use maxsimd_engine::build::MAX_PASSAGE_VECTORS;
use maxsimd_engine::live::{Change, MAX_DOCUMENTS, MAX_ID, StoredDocument, Upsert, generated_id};
use maxsimd_engine::{Document, TextFormat};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use utoipa::openapi::Type;

use super::compact::{compact, request};
use super::filter::as_text_or_json;
use super::list::List;
use super::schema::{Shape, at_least_one, exactly_one};
use super::text::{Free, Named, Text};
use super::vectors::Vectors;
use super::{Request, object, request};
use crate::error::Problem;

/// Documents to add, with the ids that were made for those that had none.
#[derive(Debug)]
pub struct UpsertRequest {
    /// What is asked for.
    pub change: Change,
    /// Made ids, in the order of the documents that have them.
    pub made: Vec<String>,
}

/// Documents to delete.
#[derive(Debug)]
pub struct DeleteRequest(pub Change);

compact! {
    /// What is acknowledged.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct ChangeAnswer {
        /// Documents or ids in the request.
        pub accepted: usize,
        /// To ask for what became of it.
        pub operation: String,
        /// The generation that holds it, once it is searchable.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub generation: Option<u64>,
        /// Ids of documents that came without one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub ids: Vec<String>,
    }
}

compact! {
    /// A document.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct DocumentAnswer of StoredDocument {
        /// Its id.
        pub id: String,
        /// Its title.
        pub title: String,
        /// Its text.
        pub text: String,
        /// Its fields.
        pub metadata: Free<Map<String, Json>>,
        /// Absent while it waits to be split and encoded.
        pub passages: Option<usize>,
    }
}

request! {
    /// Documents to add, as they came.
    "an upsert" => pub struct UpsertBody<'a> {
        /// At least one.
        documents: List<DocumentBody<'a>, MAX_DOCUMENTS> where |it| it.least(1).needed(),
    }
}

request! {
    /// Documents to delete, as they came.
    "a deletion" => pub struct DeleteBody<'a> {
        /// By their ids.
        ids: List<Text<'a>, MAX_DOCUMENTS> where |it| it.least(1).items(as_id),
        /// All that match.
        filter: Free<&'a RawValue> where as_text_or_json,
    }
    where exactly_one(&[("ids", &[Type::Array]), ("filter", &[Type::String, Type::Object])])
}

/// What the id of a document looks like.
fn as_id(shape: Shape) -> Shape {
    shape.text(1..=MAX_ID).without_controls()
}

compact! {
    /// A document to add.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct DocumentBody<'a> {
        /// Its id; made of what it says if absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub id: Option<Text<'a>> where |it| it.text(0..=MAX_ID).without_controls(),
        /// Its title.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub title: Option<Text<'a>>,
        /// Its text.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub text: Option<Text<'a>>,
        /// How the text is marked up.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub format: Option<Named<TextFormat>>,
        /// Token vectors in place of encoding the text.
        #[serde(borrow, skip_serializing_if = "Option::is_none")]
        pub vectors: Option<Vectors<'a, MAX_PASSAGE_VECTORS>>,
        /// Its fields.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[serde(borrow)]
        pub metadata: Option<Free<&'a RawValue>> where Shape::free_object,
    }
    where at_least_one(&[("text", &[Type::String]), ("vectors", &[Type::Array, Type::Object])])
}

/// Bytes of memory that JSON takes once it is an object, at most: each object, list and value begins or ends in one of these.
fn weight(raw: &RawValue) -> usize {
    let each = |byte: &u8| match byte {
        b'{' => 640,
        b',' | b'[' => 128,
        _ => 0,
    };
    raw.get().as_bytes().iter().map(each).sum()
}

impl Request for UpsertRequest {
    type Body<'a> = UpsertBody<'a>;

    fn weight(body: &UpsertBody<'_>) -> usize {
        let documents = body.documents.as_ref().map(|List(documents)| documents.as_slice()).unwrap_or_default();
        documents.iter().filter_map(|document| document.metadata).map(|Free(raw)| weight(raw)).sum()
    }

    fn check(UpsertBody { documents }: UpsertBody<'_>) -> Result<Self, Problem> {
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
            id: self.id.map_or_else(String::new, Text::into_owned),
            title: self.title.map_or_else(String::new, Text::into_owned),
            text: self.text.map_or_else(String::new, Text::into_owned),
            format: self.format.unwrap_or_default().0,
            metadata: match self.metadata {
                None => Map::new(),
                Some(Free(raw)) => object::within(&format!("documents[{at}].metadata"), raw)?,
            },
        };
        if document.id.is_empty() {
            document.id = generated_id(&document, vectors.as_ref());
            made.push(document.id.clone());
        }
        Ok(Upsert { document, vectors })
    }
}

impl Request for DeleteRequest {
    type Body<'a> = DeleteBody<'a>;

    fn check(body: DeleteBody<'_>) -> Result<Self, Problem> {
        match body {
            DeleteBody { ids: Some(List(ids)), filter: None } => {
                Ok(Self(Change::Delete(ids.into_iter().map(Text::into_owned).collect())))
            }
            DeleteBody { ids: None, filter: Some(Free(filter)) } => {
                Ok(Self(Change::DeleteMatching(request::filter(filter)?)))
            }
            _ => Err(Problem::field("ids", "exactly one of ids and filter is needed")),
        }
    }
}
