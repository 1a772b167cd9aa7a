//! JSON Schemas of arguments and replies, as simple as clients need them: in one piece, without what only Rust knows.

use std::sync::Arc;

use maxsimd_engine::techniques;
use rmcp::model::JsonObject;
use rmcp::schemars::generate::SchemaSettings;
use rmcp::schemars::transform::RecursiveTransform;
use rmcp::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

/// What a tool takes.
pub(super) fn of_arguments<T: JsonSchema>() -> Arc<JsonObject> {
    object::<T>(SchemaSettings::draft2020_12())
}

/// What a tool gives.
pub(super) fn of_reply<T: JsonSchema>() -> Arc<JsonObject> {
    object::<T>(SchemaSettings::draft2020_12().for_serialize())
}

/// Names of techniques.
pub(super) fn technique(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": techniques::names().collect::<Vec<_>>()})
}

fn object<T: JsonSchema>(settings: SchemaSettings) -> Arc<JsonObject> {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    let generator = settings.with_transform(RecursiveTransform(plain)).into_generator();
    let mut object = generator.into_root_schema_for::<T>().to_value().as_object().cloned().unwrap_or_default();
    // They speak of the type.
    object.remove("title");
    object.remove("description");
    Arc::new(object)
}

/// As few words of the language as do: not every client knows all of it.
fn plain(schema: &mut Schema) {
    // What may be left out is left out, and not null.
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    // Such as `uint64`, of which some clients warn.
    schema.remove("format");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}
