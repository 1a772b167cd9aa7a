//! Bodies of requests and replies, as `PROTOCOL.md` describes them, in both of their forms.
//!
//! # Layout
//!
//! `form` says which form a body has, `parse` how a request is read, `object` and `compact` read and write the two forms;
//! `text`, `list`, `whole` and `vectors` are values of fields, `mirror` makes bodies from what the engine returns. One file
//! for what each route takes and gives.

mod alias;
mod answer;
mod answered;
mod body;
mod chat;
mod collection;
pub mod compact;
mod create;
mod documents;
mod embeddings;
mod encode;
mod filter;
mod form;
mod input;
mod lenient;
mod list;
mod mirror;
mod models;
mod object;
mod operation;
mod operations;
mod parse;
mod problem;
mod reply;
mod request;
mod rerank;
mod route;
pub(crate) mod schema;
mod techniques;
mod text;
mod tree;
mod vectors;
mod whole;

pub use alias::{AliasBody, AliasRequest, AliasSetBody, AliasesBody};
pub use answer::{AnswerAsk, AnswerBody, BudgetBody, TurnBody};
pub use answered::{
    AnswerReply, ChosenBody, CitationBody, ContextBody, DecisionBody, DegradedBody, LlmTokensBody, SignalsBody,
    StepBody, UsageBody, ViaBody, event,
};
pub use body::SearchBody;
pub use chat::{ChatAsk, ChatBody, ChatReply, Completion, answered_by, marked, model_name};
pub use collection::{
    CollectionBody, CollectionsBody, DescriptionBody, EffortBody, EncoderBody, FailureBody, RouterBody,
};
pub use create::{CreateBody, CreateRequest};
pub use documents::{ChangeAnswer, DeleteBody, DeleteRequest, DocumentAnswer, DocumentBody, UpsertBody, UpsertRequest};
pub use embeddings::{EmbeddingFormat, EmbeddingsAsk, EmbeddingsBody, EmbeddingsReply};
pub use encode::{EncodeAsk, EncodeBody, EncodeReply, EncodedBody, Encoding, InputType};
pub use filter::{Fields, FilterAnswer, FilterBody, FilterRequest};
pub(crate) use form::json;
pub use form::{Form, Written};
pub use input::Input;
pub use list::List;
pub use models::{ModelBody, ModelKind, ModelsBody};
pub use operation::{OperationAnswer, OperationId};
pub use operations::{CollectionsReadiness, LiveBody, ReadyBody, VersionBody};
pub use parse::{Request, RequestBody};
pub use problem::ProblemBody;
pub use reply::{
    Degraded, Explained, HitBody, LegsBody, MatchBody, PruningBody, RankBody, SearchAnswer, TimingsBody, Wishes, pruned,
};
pub use request::{Ask, Include, MAX_DEADLINE_MS, MAX_QUERY_BYTES, Search, SearchOptions};
pub use rerank::{
    RankedDocument, RerankAsk, RerankBody, RerankReply, RerankResults, RerankShape, RerankUsage, ResultBody, ScoreBody,
};
pub use route::{RouteAsk, RouteBody, RouteReply, RouteScore};
pub use techniques::{TechniqueBody, TechniquesBody};
pub use text::{Free, Named, Text};
pub use tree::{CoverageBody, LayerBody, LayersBody, NodeBody, TreeBody};
pub use vectors::{Encoded, MAX_WIDTH, Nested, OwnVectors, Packed, Values, Vectors};
pub use whole::Whole;
