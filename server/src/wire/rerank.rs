//! Documents ranked for a query, as clients of Cohere and Jina ask for it, or those of text-embeddings-inference.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{RefOr, Schema, Type};

use super::input::{not_empty, short};
use super::lenient;
use super::list::List;
use super::reply::Degraded;
use super::request::{MAX_DEADLINE_MS, MAX_QUERY_BYTES};
use super::schema::{Described, Schemas, Shape, any_of, described, exactly_one, open_object};
use super::whole::Whole;
use crate::error::Problem;

/// Documents of a request.
const MOST_DOCUMENTS: usize = 1000;
const MOST_TOP_N: u64 = 1 << 31;
const MOST_RANK_FIELDS: usize = 64;
/// Characters of a model's name that are looked at.
const MOST_NAME: usize = 1000;

/// Documents that are to be ranked for a query.
#[derive(Debug, Clone)]
pub struct RerankAsk {
    /// What they are ranked for.
    pub query: String,
    /// At least one.
    pub documents: Vec<String>,
    /// How many of them are wanted, all if absent.
    pub top_n: Option<usize>,
    /// Whether their texts are wanted back.
    pub with_text: bool,
    /// By the model of this name, if there is such a one.
    pub model: Option<String>,
    /// How the reply is written.
    pub shape: RerankShape,
    /// How long it may take, if the request says so.
    pub deadline: Option<Duration>,
}

/// Whose shape a reply has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RerankShape {
    /// Cohere's and Jina's.
    Results,
    /// That of text-embeddings-inference.
    List {
        /// Whether scores are as the model gives them.
        raw: bool,
    },
}

described! {
    /// Documents that are to be ranked for a query.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub struct RerankBody {
        /// What they are ranked for.
        query: Option<String> where |it| it.visible(MAX_QUERY_BYTES).needed(),
        /// As clients of Cohere and Jina give them.
        documents: Option<List<DocumentBody, MOST_DOCUMENTS>> where |it| it.least(1),
        /// As clients of text-embeddings-inference give them.
        texts: Option<List<String, MOST_DOCUMENTS>> where |it| it.least(1).items(|it| it.text(0..=MAX_QUERY_BYTES)),
        /// By the model of this name, if there is such a one.
        model: Option<String>,
        /// How many of them are wanted, all if absent.
        top_n: Option<Whole<1, MOST_TOP_N>>,
        /// Whether their texts are wanted back.
        return_documents: Option<bool>,
        /// The same beside `texts`.
        return_text: Option<bool>,
        /// Whether scores are as the model gives them, beside `texts`.
        raw_scores: Option<bool>,
        /// Documents are ranked by their `text`.
        rank_fields: Option<List<String, MOST_RANK_FIELDS>> where |it| it.items(|it| it.one_of(["text"])).least(1).most(1),
        /// How long it may take.
        deadline_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
    }
    where exactly_one(&[("documents", &[Type::Array]), ("texts", &[Type::Array])])
}

impl Described for DocumentBody {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        let text = Shape::new(String::schema(all)).text(0..=MAX_QUERY_BYTES).described(None);
        any_of(vec![text.clone(), open_object([("text", text)])])
    }
}

/// A text, alone or beside what is passed over as it comes.
struct DocumentBody(String);

impl<'de> Deserialize<'de> for DocumentBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = DocumentBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object with text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DocumentBody, E> {
        Ok(DocumentBody(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DocumentBody, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match &*key == "text" {
                true if found.is_some() => return Err(de::Error::duplicate_field("text")),
                true => found = Some(DocumentBody(map.next_value()?)),
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        found.ok_or_else(|| de::Error::missing_field("text"))
    }
}

impl RerankAsk {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: RerankBody = lenient::parse(bytes)?;
        if let Some(fields) = body.rank_fields
            && fields.0 != ["text"]
        {
            return Err(Problem::field("rank_fields", "documents are ranked by their text; put what counts there"));
        }
        let query = body.query.ok_or_else(|| Problem::field("query", "a query is needed"))?;
        let (field, documents, shape) = match (body.documents, body.texts) {
            (Some(documents), None) => {
                let texts = documents.0.into_iter().map(|DocumentBody(text)| text);
                ("documents", texts.collect(), RerankShape::Results)
            }
            (None, Some(texts)) => ("texts", texts.0, RerankShape::List { raw: body.raw_scores.unwrap_or(false) }),
            (None, None) => return Err(Problem::field("documents", "a list of documents is needed")),
            (Some(_), Some(_)) => {
                return Err(Problem::field("texts", "given beside documents; only one of them may be"));
            }
        };
        let wanted = if shape == RerankShape::Results { body.return_documents } else { body.return_text };
        Ok(Self {
            query: not_empty("query", query)?,
            documents: checked(field, documents)?,
            top_n: body.top_n.and_then(|count| usize::try_from(count.0).ok()),
            with_text: wanted.unwrap_or(false),
            model: body.model.filter(|name| name.len() <= MOST_NAME),
            shape,
            deadline: body.deadline_ms.map(|ms| Duration::from_millis(ms.0)),
        })
    }
}

/// Documents may be empty, which is not worth failing the others.
fn checked(field: &str, documents: Vec<String>) -> Result<Vec<String>, Problem> {
    if documents.is_empty() {
        return Err(Problem::field(field, "at least one document is needed"));
    }
    let checked = |(at, text): (usize, String)| short(&format!("{field}[{at}]"), text);
    documents.into_iter().enumerate().map(checked).collect()
}

/// A document with its score.
#[derive(Debug, Clone)]
pub struct RankedDocument {
    /// Which of the documents.
    pub index: usize,
    /// Its score, as the shape wants it.
    pub score: f32,
    /// Its text, if it is wanted back.
    pub text: Option<String>,
}

/// Ranked documents, best first.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum RerankReply {
    /// Cohere's and Jina's.
    Results(RerankResults),
    /// That of text-embeddings-inference.
    List(Vec<ScoreBody>),
}

impl Described for RerankReply {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        any_of(vec![RerankResults::schema(all), Vec::<ScoreBody>::schema(all)])
    }
}

described! {
    /// Ranked documents in Cohere's and Jina's shape.
    #[derive(Debug, Serialize)]
    pub struct RerankResults {
        /// Made of the request's.
        pub id: String,
        /// Name of the model that scored.
        pub model: String,
        /// Best first.
        pub results: Vec<ResultBody>,
        /// What was read, if that was counted.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub usage: Option<RerankUsage>,
        /// What was done in a lesser way than asked for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub degraded: Vec<Degraded>,
    }
}

described! {
    /// A document as Cohere and Jina rank it.
    #[derive(Debug, Serialize)]
    pub struct ResultBody {
        /// Which of the documents.
        index: usize,
        /// Its score.
        relevance_score: f32,
        /// Its text, if it is wanted back.
        #[serde(skip_serializing_if = "Option::is_none")]
        document: Option<TextBody>,
    }
}

described! {
    /// A document that is given back.
    #[derive(Debug, Serialize)]
    struct TextBody {
        /// What it says.
        text: String,
    }
}

described! {
    /// A document as text-embeddings-inference ranks it.
    #[derive(Debug, Serialize)]
    pub struct ScoreBody {
        /// Which of the texts.
        index: usize,
        /// Its score.
        score: f32,
        /// It, if it is wanted back.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    }
}

described! {
    /// What was read.
    #[derive(Debug, Serialize)]
    pub struct RerankUsage {
        /// Tokens of query and documents.
        pub total_tokens: usize,
    }
}

impl From<RankedDocument> for ResultBody {
    fn from(RankedDocument { index, score, text }: RankedDocument) -> Self {
        Self { index, relevance_score: score, document: text.map(|text| TextBody { text }) }
    }
}

impl From<RankedDocument> for ScoreBody {
    fn from(RankedDocument { index, score, text }: RankedDocument) -> Self {
        Self { index, score, text }
    }
}
