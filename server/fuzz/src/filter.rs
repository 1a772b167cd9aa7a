//! The language of metadata filters. A text is read or refused; what is read is printed, as text and as JSON, and read
//! again as the same filter. A text that is JSON is read as a filter in JSON too, and as the metadata of a document.

use std::sync::LazyLock;

use maxsimd_engine::filter::{FieldType, Fields, Filter};
use serde_json::Value;

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    let mut fields = Fields::default();
    for (name, kind) in [
        ("lang", FieldType::Keyword),
        ("year", FieldType::Integer),
        ("score", FieldType::Float),
        ("draft", FieldType::Boolean),
        ("published", FieldType::Date),
        ("body", FieldType::Text),
        ("in", FieldType::Keyword),
        ("a`b", FieldType::Integer),
    ] {
        fields.declare(name, kind).expect("a sound field");
    }
    fields
});

/// Any text.
pub fn filter(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match Filter::parse(text, &FIELDS) {
        Ok(filter) => read_again(&filter),
        Err(error) => assert!(error.at.is_none_or(|at| at <= text.len())),
    }
    let Ok(json) = serde_json::from_str::<Value>(text) else { return };
    if let Ok(filter) = Filter::from_json(&json, &FIELDS) {
        read_again(&filter);
    }
    if let Value::Object(metadata) = &json {
        Fields::default().learn(metadata);
        FIELDS.typed(metadata);
    }
}

fn read_again(filter: &Filter) {
    assert_eq!(Filter::parse(&filter.to_string(), &FIELDS).as_ref(), Ok(filter));
    assert_eq!(Filter::from_json(&filter.to_json(), &FIELDS).as_ref(), Ok(filter));
}
