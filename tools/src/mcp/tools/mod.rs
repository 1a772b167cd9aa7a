//! The tools, one file each: what it takes, what it gives, and how that reads.

mod answer;
mod collections;
mod fetch;
mod search;

use std::fmt::Display;

use answer::Answer;
use collections::Collections;
use fetch::Fetch;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool as Listed, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use search::Search;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;
use super::{Daemon, schema};

/// A tool; a value of it is a call, with its arguments.
trait Tool: DeserializeOwned + JsonSchema {
    /// As clients call it.
    const NAME: &'static str;
    /// As people see it.
    const TITLE: &'static str;
    /// What it is good for, and how it is used best, for models.
    const DESCRIPTION: &'static str;
    /// Whether it may reach what is not the user's.
    const OPEN: bool = false;
    /// What it gives: an object for programs, a text for models.
    type Reply: Serialize + JsonSchema + Display;

    /// Asks the daemon.
    fn call(self, daemon: &Daemon) -> impl Future<Output = Result<Self::Reply, Refusal>> + Send;
}

/// All of them.
pub(super) fn listed() -> Vec<Listed> {
    vec![listing::<Search>(), listing::<Answer>(), listing::<Fetch>(), listing::<Collections>()]
}

/// Calls a tool by its name; `None` if there is none.
pub(super) async fn call(name: &str, arguments: JsonObject, daemon: &Daemon) -> Option<CallToolResult> {
    let called = match name {
        Search::NAME => called::<Search>(arguments, daemon).await,
        Answer::NAME => called::<Answer>(arguments, daemon).await,
        Fetch::NAME => called::<Fetch>(arguments, daemon).await,
        Collections::NAME => called::<Collections>(arguments, daemon).await,
        _ => return None,
    };
    Some(called.unwrap_or_else(|refusal| CallToolResult::error(vec![ContentBlock::text(refusal.to_string())])))
}

fn listing<T: Tool>() -> Listed {
    let hints = ToolAnnotations::with_title(T::TITLE).read_only(true).destructive(false).idempotent(true);
    Listed::new(T::NAME, T::DESCRIPTION, schema::of_arguments::<T>())
        .with_title(T::TITLE)
        .with_raw_output_schema(schema::of_reply::<T::Reply>())
        .with_annotations(hints.open_world(T::OPEN))
}

async fn called<T: Tool>(arguments: JsonObject, daemon: &Daemon) -> Result<CallToolResult, Refusal> {
    let reply = parsed::<T>(arguments)?.call(daemon).await?;
    let mut result = CallToolResult::success(vec![ContentBlock::text(reply.to_string())]);
    result.structured_content = serde_json::to_value(&reply).ok();
    Ok(result)
}

fn parsed<T: Tool>(mut arguments: JsonObject) -> Result<T, Refusal> {
    // Models often say null for what they leave out.
    arguments.retain(|_, value| !value.is_null());
    serde_path_to_error::deserialize(Value::Object(arguments))
        .map_err(|error| Refusal::Arguments { path: error.path().to_string(), reason: error.into_inner().to_string() })
}
