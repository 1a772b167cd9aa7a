//! The part of JSON Schema that the report's schema uses.

use serde_json::Value;

const SCHEMA: &str = include_str!("../../src/load/schema.json");

/// Fails where a report is not as the schema says.
pub(super) fn assert_satisfied(report: &Value) {
    let root: Value = serde_json::from_str(SCHEMA).unwrap();
    check(&root, &root, report, "report");
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return check(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, at);
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
        name => name.as_str().into_iter().collect(),
    };
    assert!(names.is_empty() || names.iter().any(|name| is(value, name)), "{at} is {value}, not {names:?}");
    assert!(schema.get("const").is_none_or(|only| only == value), "{at} is {value}");
    assert!(schema["enum"].as_array().is_none_or(|all| all.contains(value)), "{at} is {value}");
    assert!(schema["minimum"].as_f64().is_none_or(|least| value.as_f64().unwrap() >= least), "{at} is {value}");
    assert!(schema["maximum"].as_f64().is_none_or(|most| value.as_f64().unwrap() <= most), "{at} is {value}");
    check_array(root, schema, value, at);
    check_object(root, schema, value, at);
}

fn check_array(root: &Value, schema: &Value, value: &Value, at: &str) {
    let Some(items) = value.as_array().filter(|_| schema.get("items").is_some()) else { return };
    assert!(items.len() as u64 >= schema["minItems"].as_u64().unwrap_or(0), "{at} has {} items", items.len());
    items.iter().for_each(|item| check(root, &schema["items"], item, &format!("{at}[]")));
}

fn check_object(root: &Value, schema: &Value, value: &Value, at: &str) {
    let Some(object) = value.as_object() else { return };
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(required.as_str().unwrap()), "{at} has no {required}");
    }
    for (name, value) in object {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) => check(root, schema, value, &format!("{at}.{name}")),
            (None, Value::Bool(false)) => panic!("{at} has an unknown {name}"),
            (None, Value::Object(_)) => check(root, &schema["additionalProperties"], value, &format!("{at}.{name}")),
            (None, _) => (),
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema has an unknown type {other}"),
    }
}
