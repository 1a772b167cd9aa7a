//! How names and values of unknown length and content appear in messages.

use serde_json::Value as Json;

const MAX_SHOWN: usize = 60;

/// The text between quotes of the kind given, control characters escaped, shortened if it is long.
pub(super) fn quoted(text: &str, quote: char) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN).flat_map(escaped).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push_str("...");
    }
    format!("{quote}{shown}{quote}")
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    let escape = c.is_control();
    escape.then(|| c.escape_default()).into_iter().flatten().chain((!escape).then_some(c))
}

/// A JSON value, whole only if it is a scalar.
pub(super) fn json(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text, '"'),
        Json::Array(_) => "an array".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        scalar => scalar.to_string(),
    }
}
