//! What an endpoint says of itself.

use axum::http::HeaderName;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, RefOr, Required, Schema, path::Operation};

use super::document::{BASIC, BEARER, Facts, X_API_KEY};
use super::problems;
use super::replies::Replies;
use crate::error::{Code, speaks_openai};
use crate::keys::KeyScope;
use crate::wire::schema::{COLLECTION_NAME, Described, Schemas, Shape, binary};
use crate::wire::{Written, compact};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// What an endpoint is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Searches and what is in them.
    Search,
    /// Answers from collections.
    Answers,
    /// Documents of a collection.
    Documents,
    /// Collections and their names.
    Collections,
    /// For clients of OpenAI.
    OpenAi,
    /// For who runs the daemon.
    Operations,
    /// For people.
    Pages,
}

impl Tag {
    pub(super) const ALL: [Self; 7] =
        [Self::Search, Self::Answers, Self::Documents, Self::Collections, Self::OpenAi, Self::Operations, Self::Pages];

    /// Name, and what it is.
    pub(super) const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Search => ("search", "Searches, and their parts: filters, token vectors, ranking"),
            Self::Answers => ("answers", "Answers with citations"),
            Self::Documents => ("documents", "Documents, and what became of changes"),
            Self::Collections => ("collections", "Collections, aliases, trees, snapshots"),
            Self::OpenAi => ("openai", "What clients of OpenAI ask; failures are in their shape"),
            Self::Operations => ("operations", "For who runs the daemon"),
            Self::Pages => ("pages", "Pages for people, and this document"),
        }
    }
}

type Make = fn(&mut Schemas) -> RefOr<Schema>;

/// What an endpoint takes and gives.
pub(crate) struct About {
    id: &'static str,
    tag: Tag,
    what: &'static str,
    parameters: Vec<Parameter>,
    body: Option<(Make, &'static [&'static str])>,
    replies: Vec<Reply>,
    codes: Vec<Code>,
}

/// A reply that is no failure.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) text: &'static str,
    pub(super) contents: Vec<(&'static str, Make)>,
}

impl About {
    /// An endpoint with a name that is its own.
    pub(crate) fn new(id: &'static str, tag: Tag, what: &'static str) -> Self {
        Self { id, tag, what, parameters: Vec::new(), body: None, replies: Vec::new(), codes: Vec::new() }
    }

    /// The path names a collection.
    pub(crate) fn collection(self) -> Self {
        let text = "Name of the collection; an alias does as well, but for dropping.";
        self.path("collection", text, |it| it.pattern(COLLECTION_NAME))
            .problems(problems::COLLECTIONS)
            .problems(&[Code::InvalidName])
    }

    /// A part of the path.
    pub(crate) fn path(self, name: &str, text: &str, limit: fn(Shape) -> Shape) -> Self {
        self.parameter((name, ParameterIn::Path, Required::True), text, limit)
    }

    /// A parameter behind the path.
    pub(crate) fn query(self, name: &str, text: &str, limit: fn(Shape) -> Shape) -> Self {
        self.parameter((name, ParameterIn::Query, Required::False), text, limit).problems(&[Code::InvalidField])
    }

    /// A header that only this endpoint knows.
    pub(crate) fn header(self, name: &HeaderName, text: &str, limit: fn(Shape) -> Shape) -> Self {
        self.parameter((name.as_str(), ParameterIn::Header, Required::False), text, limit)
            .problems(&[Code::InvalidField])
    }

    fn parameter(
        mut self,
        (name, place, required): (&str, ParameterIn, Required),
        text: &str,
        limit: fn(Shape) -> Shape,
    ) -> Self {
        let schema = limit(Shape::new(String::schema(&mut Schemas::default()))).described(None);
        let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required);
        self.parameters.push(parameter.description(Some(text)).schema(Some(schema)).build());
        self
    }

    /// A body in either form.
    pub(crate) fn body<T: Described>(mut self) -> Self {
        self.body = Some((T::schema, &[JSON, compact::MEDIA_TYPE]));
        self.problems(problems::BODIES).problems(&[Code::InvalidCompact, Code::UnknownField, Code::DuplicateField])
    }

    /// A body of JSON.
    pub(crate) fn json_body<T: Described>(mut self) -> Self {
        self.body = Some((T::schema, &[JSON]));
        self.problems(problems::BODIES)
    }

    /// A reply in either form.
    pub(crate) fn reply<T: Described + Written>(self, status: u16, text: &'static str) -> Self {
        self.replied(status, text, vec![(JSON, T::schema), (compact::MEDIA_TYPE, |_| binary())])
    }

    /// One of two replies, in either form.
    pub(crate) fn reply_either<T, U>(self, status: u16, text: &'static str) -> Self
    where
        T: Described + Written,
        U: Described + Written,
    {
        let either = |all: &mut Schemas| Shape::either([T::schema(all), U::schema(all)]);
        self.replied(status, text, vec![(JSON, either), (compact::MEDIA_TYPE, |_| binary())])
    }

    /// A reply of JSON.
    pub(crate) fn json<T: Described>(self, status: u16, text: &'static str) -> Self {
        self.replied(status, text, vec![(JSON, T::schema)])
    }

    /// The same as events.
    pub(crate) fn stream(self, status: u16) -> Self {
        self.replied(status, "", vec![(EVENTS, String::schema)])
    }

    /// A reply of bytes of a type.
    pub(crate) fn bytes(self, status: u16, kind: &'static str, text: &'static str) -> Self {
        let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind);
        self.replied(status, text, vec![(kind, |_| binary())])
    }

    /// A file for browsers.
    pub(crate) fn page(self, status: u16, kind: &'static str) -> Self {
        let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind);
        self.replied(status, "The file.", vec![(kind, String::schema)])
            .nothing(304, "The one with this `etag` is current.")
    }

    /// A reply without a body.
    pub(crate) fn nothing(self, status: u16, text: &'static str) -> Self {
        self.replied(status, text, Vec::new())
    }

    fn replied(mut self, status: u16, text: &'static str, contents: Vec<(&'static str, Make)>) -> Self {
        self.replies.push(Reply { status, text, contents });
        self
    }

    /// Failures that it may end in, beside those that its parameters and its body bring along.
    pub(crate) fn problems(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// The operation at a path that callers of a scope may ask for.
    pub(super) fn operation(
        self,
        path: &str,
        scope: Option<KeyScope>,
        (facts, all): (&Facts, &mut Schemas),
    ) -> Operation {
        let mut replies = Replies::new(speaks_openai(path));
        for reply in self.replies {
            replies.reply(reply, all);
        }
        let guarded: &[Code] = if scope.is_some() { problems::KEYS } else { &[] };
        replies.problems(self.codes.iter().chain(problems::ALWAYS).chain(guarded), all);
        let needed = scope.map_or("Nobody needs a key for it.".to_owned(), |scope| {
            format!("If the daemon has keys, one of scope `{scope}` is needed.")
        });
        let mut operation = OperationBuilder::new()
            .operation_id(Some(self.id))
            .tag(self.tag.text().0)
            .summary(Some(self.what))
            .description(Some(needed))
            .parameters(Some(self.parameters))
            .responses(replies.build());
        if let Some((make, kinds)) = self.body {
            let text = format!("At most {} bytes, also when it is decoded.", facts.body_bytes);
            let mut body = RequestBodyBuilder::new().description(Some(text)).required(Some(Required::True));
            for kind in kinds {
                let schema = if *kind == JSON { make(all) } else { binary() };
                body = body.content(*kind, Content::new(Some(schema)));
            }
            operation = operation.request_body(Some(body.build()));
        }
        let securities = match scope {
            Some(scope) if facts.keys => {
                [BEARER, X_API_KEY, BASIC].map(|name| SecurityRequirement::new(name, [scope.name()])).to_vec()
            }
            Some(_) | None => Vec::new(),
        };
        operation.securities(Some(securities)).build()
    }
}
