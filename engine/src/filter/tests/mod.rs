//! Properties of any filter, and texts and JSON that have their own cases.

pub(crate) mod arbitrary;
mod hostile;
mod meaning;
mod syntax;

use serde_json::json;

use super::*;

/// Fields of every type, and names that need backquotes.
fn fields() -> Fields {
    let declared = json!({
        "lang": "keyword", "year": "integer", "score": "float", "draft": "boolean", "published": "date",
        "body": "text", "author.name": "keyword", "an `odd` name": "keyword", "In": "integer",
    });
    serde_json::from_value(declared).expect("sound fields")
}

fn parse(text: &str) -> Filter {
    Filter::parse(text, &fields()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    Filter::parse(text, &fields()).expect_err(text).to_string()
}

fn refused_json(json: &serde_json::Value) -> String {
    Filter::from_json(json, &fields()).expect_err("a filter that is refused").to_string()
}

/// The values of a document; nothing conflicts.
fn values(metadata: &serde_json::Value) -> Values {
    let (values, conflicts) = fields().typed(metadata.as_object().expect("an object"));
    assert_eq!(conflicts, []);
    values
}
