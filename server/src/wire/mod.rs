//! Bodies of requests and replies, as `PROTOCOL.md` describes them.

mod alias;
mod answer;
mod answered;
mod body;
mod chat;
mod collection;
mod create;
mod documents;
mod filter;
mod list;
mod object;
mod operation;
mod reply;
mod request;
mod route;
mod vectors;
mod whole;

pub use alias::AliasRequest;
pub use answer::AnswerAsk;
pub use answered::{AnswerReply, ContextBody, event};
pub use chat::{ChatAsk, ChatReply, marked};
pub use collection::{CollectionBody, CollectionsBody, FailureBody};
pub use create::CreateRequest;
pub use documents::{ChangeAnswer, DocumentAnswer, UpsertRequest, parse_delete};
pub use filter::{Fields, FilterAnswer, FilterRequest};
pub use operation::{OperationAnswer, OperationId};
pub use reply::{Degraded, Explained, HitBody, SearchAnswer, TimingsBody, Wishes, pruned};
pub use request::{Ask, Include, MAX_DEADLINE_MS, MAX_QUERY_BYTES, Search, SearchOptions};
pub use route::{RouteAsk, RouteReply};
pub use vectors::MAX_WIDTH;
