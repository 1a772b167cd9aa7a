//! What an operation may reply with, by status: what it is asked for, and every failure by its code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder, Responses, ResponsesBuilder};
use utoipa::openapi::schema::AllOf;
use utoipa::openapi::{Content, Object, RefOr, Schema, Type};

use super::about::Reply;
use crate::error::{Code, OpenAiFailure, PROBLEM_JSON};
use crate::wire::schema::{Described, Schemas, binary};
use crate::wire::{ProblemBody, compact};

/// Media types and what bodies of them look like.
type Contents = Vec<(&'static str, RefOr<Schema>)>;

/// Replies of one operation.
pub(super) struct Replies {
    openai: bool,
    by_status: BTreeMap<u16, (String, Contents)>,
}

impl Replies {
    pub(super) fn new(openai: bool) -> Self {
        Self { openai, by_status: BTreeMap::new() }
    }

    /// Adds one that is no failure.
    pub(super) fn reply(&mut self, reply: Reply, all: &mut Schemas) {
        let (text, contents) = self.by_status.entry(reply.status).or_default();
        if text.is_empty() {
            text.push_str(reply.text);
        }
        contents.extend(reply.contents.into_iter().map(|(kind, make)| (kind, make(all))));
    }

    /// Adds failures.
    pub(super) fn problems<'a>(&mut self, codes: impl Iterator<Item = &'a Code>, all: &mut Schemas) {
        let mut by_status: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
        for code in codes {
            by_status.entry(code.status().as_u16()).or_default().insert(code.name());
        }
        for (status, names) in by_status {
            let titled = |name: &&str| {
                let code = Code::ALL.into_iter().find(|code| code.name() == *name);
                format!("`{name}`: {}.", code.map_or("", Code::title))
            };
            let (text, contents) = self.by_status.entry(status).or_default();
            let lines = [std::mem::take(text)].into_iter().filter(|text| !text.is_empty());
            *text = lines.chain(names.iter().map(titled)).collect::<Vec<_>>().join("\n\n");
            match self.openai {
                true => contents.push(("application/json", failure(&names, all))),
                false => {
                    contents.push((PROBLEM_JSON, problem(&names, all)));
                    contents.push((compact::MEDIA_TYPE, binary()));
                }
            }
        }
    }

    pub(super) fn build(self) -> Responses {
        let responses = self.by_status.into_iter().map(|(status, (text, contents))| {
            let contents = contents.into_iter();
            let response = contents.fold(ResponseBuilder::new().description(text), |response, (kind, schema)| {
                response.content(kind, Content::new(Some(schema)))
            });
            (status.to_string(), with_headers(status, response.build()))
        });
        responses.fold(ResponsesBuilder::new(), |all, (status, response)| all.response(status, response)).build()
    }
}

/// Headers of every reply, and those of some.
const ALL: [(&str, &str); 2] =
    [("x-request-id", "Names the request in the log."), ("server-timing", "Milliseconds, in all and of each stage.")];
const WAITING: (&str, &str) = ("retry-after", "Seconds after which trying again makes sense, if it does.");
const REFUSED: (&str, &str) = ("www-authenticate", "What a key lacks, if it is the key that is refused.");

fn with_headers(status: u16, mut response: Response) -> Response {
    let more = match status {
        401 | 403 => Some(REFUSED),
        429 | 503 | 504 | 507 => Some(WAITING),
        _ => None,
    };
    for (name, text) in ALL.into_iter().chain(more) {
        let schema = String::schema(&mut Schemas::default());
        let header = HeaderBuilder::new().schema(schema).description(Some(text)).build();
        response.headers.insert(name.to_owned(), header);
    }
    response
}

/// A problem with one of these codes.
fn problem(names: &BTreeSet<&'static str>, all: &mut Schemas) -> RefOr<Schema> {
    both(ProblemBody::schema(all), with("code", one_of(names)))
}

/// The same in OpenAI's shape.
fn failure(names: &BTreeSet<&'static str>, all: &mut Schemas) -> RefOr<Schema> {
    both(OpenAiFailure::schema(all), with("error", with("code", one_of(names))))
}

fn one_of(names: &BTreeSet<&'static str>) -> RefOr<Schema> {
    let mut object = Object::with_type(Type::String);
    object.enum_values = Some(names.iter().copied().map(Value::from).collect());
    RefOr::T(Schema::Object(object))
}

fn with(name: &str, schema: RefOr<Schema>) -> RefOr<Schema> {
    let mut object = Object::with_type(Type::Object);
    object.properties.insert(name.to_owned(), schema);
    RefOr::T(Schema::Object(object))
}

fn both(one: RefOr<Schema>, other: RefOr<Schema>) -> RefOr<Schema> {
    let mut all = AllOf::new();
    all.items = vec![one, other];
    RefOr::T(Schema::AllOf(all))
}
