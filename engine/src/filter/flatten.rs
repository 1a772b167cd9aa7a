//! Metadata as named scalars.

use serde_json::{Map, Value as Json};

/// Names joined by dots at most; what lies deeper is no field.
const MAX_DEPTH: usize = 4;

/// Calls `visit` with the name and value of every scalar: objects lend their names (`author.name`), each scalar of an
/// array counts, null and whatever else an array holds does not.
pub(super) fn scalars<'a>(metadata: &'a Map<String, Json>, visit: &mut impl FnMut(&str, &'a Json)) {
    object(metadata, &mut String::new(), 1, visit);
}

fn object<'a>(object: &'a Map<String, Json>, name: &mut String, depth: usize, visit: &mut impl FnMut(&str, &'a Json)) {
    let parent = name.len();
    for (key, value) in object {
        if depth > 1 {
            name.push('.');
        }
        name.push_str(key);
        match value {
            Json::Object(inner) if depth < MAX_DEPTH => self::object(inner, name, depth + 1, visit),
            Json::Array(elements) => elements.iter().filter(|e| is_scalar(e)).for_each(|e| visit(name, e)),
            scalar if is_scalar(scalar) => visit(name, scalar),
            _ => {}
        }
        name.truncate(parent);
    }
}

fn is_scalar(value: &Json) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}
