//! Bodies in the shapes of other services. Fields that have no meaning here are let through, since clients send many.

use serde::Deserialize;

use super::object;
use crate::error::{Code, Problem};

/// Reads a whole body: one JSON object, nothing after it.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        // It would be read as the fields in their order.
        return Err(Problem::new(Code::InvalidRequest, "a list, expected a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| object::refusal(&error))?;
    json.end().map_err(|error| Problem::new(Code::InvalidJson, error.to_string()))?;
    Ok(body)
}
