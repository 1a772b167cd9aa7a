//! A collection to be created.

use maxsimd_engine::codes::code_bits;
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::filter::Fields;
use maxsimd_engine::keywords::Language;
use maxsimd_engine::raptor::{MAX_TOKENS, Nodes, Raptor, Represent, Strategy};
use serde_json::Value as Json;
use utoipa::openapi::Type;

use super::Request;
use super::compact::request;
use super::schema::{COLLECTION_NAME, Described, Schemas, Shape, any_of, object, plain};
use super::text::{Free, Text};
use super::vectors::MAX_WIDTH;
use super::whole::Whole;
use crate::error::{Code, Problem};

const MOST_VALUES: u64 = MAX_WIDTH as u64;
const MOST_TOKENS: u64 = MAX_TOKENS as u64;

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
    /// What stands for passages, if anything does.
    pub represent: Option<Represent>,
}

request! {
    /// A collection to be created, as it came.
    "a collection to be created" => pub struct CreateBody<'a> {
        /// Its name.
        name: Text<'a> where |it| it.pattern(COLLECTION_NAME).needed(),
        /// Name of the encoder.
        encoder: Text<'a>,
        /// Values per token vector.
        width: Whole<8, MOST_VALUES>,
        /// Bits per value of a score code.
        bits: Whole<1, 8> where |it| it.numbers(code_bits()),
        /// Types of fields.
        fields: Free<Fields>,
        /// Language of the keywords.
        language: Text<'a> where |it| it.one_of(Language::ALL.iter().map(|language| language.name())),
        /// Whether full-precision vectors are kept.
        keep_vectors: bool,
        /// Whether texts are split into passages.
        split: bool,
        /// How trees of summaries are made.
        raptor: Free<Json> where as_trees,
        /// What stands for passages.
        represent: Text<'a> where |it| it.one_of(Represent::ALL.map(Represent::name)),
    }
}

/// What `raptor` may be.
fn as_trees(shape: Shape) -> Shape {
    let one_of = |names: &[&'static str]| Shape::new(plain(Type::String)).one_of(names.iter().copied()).described(None);
    let strategy = || one_of(&Strategy::ALL.map(Strategy::name));
    let fields = [
        ("clustering", strategy()),
        ("nodes", one_of(&Nodes::ALL.map(Nodes::name))),
        ("tokens", Whole::<1, MOST_TOKENS>::schema(&mut Schemas::default())),
        ("across", plain(Type::Boolean)),
    ];
    shape.instead(any_of(vec![plain(Type::Boolean), strategy(), object(fields, 0)]))
}

/// How trees are made: `true` or `false`, the name of a strategy, or an object with all that can be said.
fn raptor(trees: &Json) -> Result<Option<Raptor>, Problem> {
    let mut raptor = Raptor::default();
    let name = |value: &Json| value.as_str().map(str::to_owned).ok_or_else(|| not_trees(value));
    match trees {
        Json::Bool(wanted) => return Ok(wanted.then_some(raptor)),
        Json::String(strategy) => raptor.clustering = strategy.parse()?,
        Json::Object(fields) => {
            for (field, value) in fields {
                match field.as_str() {
                    "clustering" => raptor.clustering = name(value)?.parse()?,
                    "nodes" => raptor.nodes = name(value)?.parse()?,
                    "across" => raptor.across = value.as_bool().ok_or_else(|| not_trees(value))?,
                    "tokens" => {
                        let tokens = value.as_u64().and_then(|tokens| usize::try_from(tokens).ok());
                        raptor.tokens = tokens.ok_or_else(|| not_trees(value))?;
                    }
                    other => {
                        let detail = format!("{other:?} is none of clustering, nodes, tokens, across");
                        return Err(Problem::field("raptor", detail));
                    }
                }
            }
        }
        other => return Err(not_trees(other)),
    }
    Ok(Some(Raptor { across: raptor.across, ..Raptor::new(raptor.clustering, raptor.nodes, raptor.tokens)? }))
}

fn not_trees(found: &Json) -> Problem {
    let known = "true, the name of a strategy, or {\"clustering\", \"nodes\", \"tokens\", \"across\"}";
    Problem::field("raptor", format!("{found} is not {known}"))
}

impl Request for CreateRequest {
    type Body<'a> = CreateBody<'a>;

    fn check(body: CreateBody<'_>) -> Result<Self, Problem> {
        let name = body.name.ok_or_else(|| Problem::field("name", "a name is needed"))?;
        let name = CollectionName::parse(&name)
            .map_err(|error| Problem::new(Code::InvalidField, error.to_string()).at("name"))?;
        let narrow = |whole: u64| usize::try_from(whole).map_err(|_| Problem::field("width", "too wide"));
        Ok(Self {
            name,
            encoder: body.encoder.map(Text::into_owned),
            width: body.width.map(|width| narrow(width.0)).transpose()?,
            bits: body.bits.and_then(|bits| u8::try_from(bits.0).ok()),
            fields: body.fields.unwrap_or_default().0,
            language: body.language.map_or(Ok(Language::default()), |name| name.parse())?,
            keep_vectors: body.keep_vectors.unwrap_or(false),
            split: body.split.unwrap_or(true),
            raptor: body.raptor.map_or(Ok(None), |Free(trees)| raptor(&trees))?,
            represent: body.represent.map(|name| name.parse()).transpose()?,
        })
    }
}
