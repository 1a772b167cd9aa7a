//! The whole document.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, HttpMethod, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths};

use super::{About, Tag};
use crate::keys::KeyScope;
use crate::wire::schema::{Schemas, describe_filters};

/// Names of the ways in which a key comes.
pub(super) const BEARER: &str = "bearer";
pub(super) const X_API_KEY: &str = "x-api-key";
pub(super) const BASIC: &str = "basic";
const ABOUT: &str = "Multi-vector (ColBERT) search and answers with citations. Bodies that may be `application/x-maxsimd` have a \
                     compact binary form as well, of the same fields in the same order; `server/PROTOCOL.md` of the source \
                     describes it, and every field and failure at length. Lengths of texts are bounded in bytes of UTF-8, \
                     so that `maxLength` is reached earlier by other letters than those of ASCII.";

/// What differs between daemons.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Whether there are keys.
    pub(crate) keys: bool,
    /// Bytes of a body that are taken.
    pub(crate) body_bytes: usize,
}

/// A path with what may be asked there.
pub(crate) struct Listed {
    pub(crate) scope: Option<KeyScope>,
    pub(crate) path: &'static str,
    pub(crate) about: Vec<(HttpMethod, fn() -> About)>,
}

/// The document of a daemon with these routes.
pub(crate) fn document(facts: &Facts, listed: Vec<Listed>) -> OpenApi {
    let (mut paths, mut all) = (Paths::new(), Schemas::default());
    describe_filters(&mut all);
    for Listed { scope, path, about } in listed {
        // A part that goes on over slashes is none of OpenAPI's.
        let path = path.replace("{*", "{");
        for (method, about) in about {
            let operation = about().operation(&path, scope, (facts, &mut all));
            paths.add_path_operation(&path, vec![method], operation);
        }
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A key: `Bearer KEY`.")).build();
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic);
    let basic = basic.description(Some("For browsers: any name, and a key as the password.")).build();
    let header = ApiKeyValue::with_description(X_API_KEY, "The same key on its own.");
    let mut components = ComponentsBuilder::new()
        .security_scheme(BEARER, SecurityScheme::Http(bearer))
        .security_scheme(BASIC, SecurityScheme::Http(basic))
        .security_scheme(X_API_KEY, SecurityScheme::ApiKey(ApiKey::Header(header)));
    for (name, schema) in all.into_named() {
        components = components.schema(name, schema);
    }
    let tags = Tag::ALL.map(|tag| {
        let (name, text) = tag.text();
        TagBuilder::new().name(name).description(Some(text)).build()
    });
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("maxsimd")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license))
        .build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components.build())).tags(Some(tags)).build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use maxsimd_engine::answer::{MAX_CONTEXTS, MAX_HISTORY, MAX_QUESTION_BYTES};
    use maxsimd_engine::codes::code_bits;
    use maxsimd_engine::filter::{MAX_FIELDS, MAX_LIST, MAX_TEXT};
    use maxsimd_engine::live::{MAX_DOCUMENTS, MAX_ID, MAX_KEY};
    use maxsimd_engine::search::{MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS};
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code;
    use crate::routes::routes;
    use crate::wire::{MAX_DEADLINE_MS, MAX_QUERY_BYTES, MAX_WIDTH};

    fn whole() -> Value {
        let facts = Facts { keys: true, body_bytes: 1000 };
        serde_json::to_value(document(&facts, routes().listed)).expect("plain values")
    }

    /// Path and operation of all there are.
    fn operations(whole: &Value) -> Vec<(&str, &Value)> {
        let paths = whole["paths"].as_object().expect("paths").iter();
        paths
            .flat_map(|(path, item)| item.as_object().expect("methods").values().map(|one| (path.as_str(), one)))
            .collect()
    }

    /// All values under a key, anywhere.
    fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get(key));
                fields.values().for_each(|value| under(value, key, found));
            }
            Value::Array(items) => items.iter().for_each(|value| under(value, key, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_has_each_route_with_its_methods_and_no_others() {
        let whole = whole();
        assert_eq!(whole["openapi"], "3.1.0");
        let mut routed = BTreeSet::new();
        for Listed { path, about, .. } in routes().listed {
            for (method, _) in about {
                let method = serde_json::to_value(method).expect("a name");
                routed.insert((path.replace("{*", "{"), method.as_str().expect("a name").to_owned()));
            }
        }
        let paths = whole["paths"].as_object().expect("paths").iter();
        let methods = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
            item.as_object().expect("methods").keys().map(|method| (path.clone(), method.clone())).collect()
        };
        assert_eq!(paths.flat_map(methods).collect::<BTreeSet<_>>(), routed);
        // What routes.rs says in any other way would not be here.
        let declared = include_str!("../routes.rs").split('"').skip(1).step_by(2);
        let declared: BTreeSet<_> =
            declared.filter(|text| text.starts_with('/')).map(|path| path.replace("{*", "{")).collect();
        assert_eq!(declared, routed.iter().map(|(path, _)| path.clone()).collect());
        let names: BTreeSet<_> = operations(&whole).iter().map(|(_, one)| one["operationId"].to_string()).collect();
        assert_eq!(names.len(), routed.len());
    }

    #[test]
    fn parameters_are_those_of_the_path() {
        let whole = whole();
        for (path, operation) in operations(&whole) {
            let in_path: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
            let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            let said = parameters.iter().filter(|parameter| parameter["in"] == "path");
            let said: BTreeSet<&str> = said.filter_map(|parameter| parameter["name"].as_str()).collect();
            assert_eq!(in_path, said, "{path}");
        }
    }

    #[test]
    fn every_code_is_described_and_ends_some_request() {
        let whole = whole();
        let all: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(whole["components"]["schemas"]["ProblemBody"]["properties"]["code"]["enum"], json!(all));
        for code in Code::ALL {
            let line = format!("`{}`: {}.", code.name(), code.title());
            let status = code.status().as_u16().to_string();
            let told = |(_, operation): &(&str, &Value)| {
                operation["responses"][&status]["description"].as_str().is_some_and(|text| text.contains(&line))
            };
            // No operation of a document has another method.
            assert_eq!(operations(&whole).iter().any(told), code != Code::MethodNotAllowed, "{line}");
        }
    }

    #[test]
    fn references_lead_somewhere() {
        let whole = whole();
        let mut references = Vec::new();
        under(&whole, "$ref", &mut references);
        assert!(references.len() > 100);
        for reference in references.into_iter().filter_map(Value::as_str) {
            assert!(whole.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_field_is_documented() {
        let whole = whole();
        for (name, schema) in whole["components"]["schemas"].as_object().expect("schemas") {
            let object = schema.get("allOf").map_or(schema, |parts| &parts[0]);
            for (field, about) in object["properties"].as_object().into_iter().flatten() {
                assert!(about["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}.{field}");
            }
        }
    }

    #[test]
    fn limits_are_those_that_are_checked() {
        let whole = whole();
        let at = |path: &str| whole["components"]["schemas"].pointer(path).cloned().unwrap_or_default();
        for (path, limit) in [
            ("/SearchBody/allOf/0/properties/k/maximum", MAX_K),
            ("/SearchBody/allOf/0/properties/per_layer/maximum", MAX_K),
            ("/SearchBody/allOf/0/properties/query/maxLength", MAX_QUERY_BYTES),
            ("/SearchBody/allOf/0/properties/queries/maxItems", MAX_QUERIES),
            ("/SearchBody/allOf/0/properties/queries/minItems", 1),
            ("/SearchBody/allOf/0/properties/queries/items/maxLength", MAX_QUERY_BYTES),
            ("/SearchBody/allOf/0/properties/vectors/anyOf/0/maxItems", MAX_QUERY_VECTORS),
            ("/SearchBody/allOf/0/properties/vectors/anyOf/0/items/maxItems", MAX_WIDTH),
            ("/SearchBody/allOf/0/properties/deadline_ms/maximum", usize::try_from(MAX_DEADLINE_MS).expect("small")),
            ("/AnswerBody/properties/question/maxLength", MAX_QUESTION_BYTES),
            ("/AnswerBody/properties/history/maxItems", MAX_HISTORY),
            ("/AnswerBody/properties/k/maximum", MAX_CONTEXTS),
            ("/UpsertBody/properties/documents/maxItems", MAX_DOCUMENTS),
            ("/DeleteBody/allOf/0/properties/ids/maxItems", MAX_DOCUMENTS),
            ("/DeleteBody/allOf/0/properties/ids/items/maxLength", MAX_ID),
            ("/DocumentBody/allOf/0/properties/id/maxLength", MAX_ID),
            ("/CreateBody/properties/fields/maxProperties", MAX_FIELDS),
            ("/CreateBody/properties/width/maximum", MAX_WIDTH),
            ("/Filter/anyOf/0/maxLength", MAX_TEXT),
            ("/FilterTree/anyOf/5/properties/value/maxItems", MAX_LIST),
        ] {
            assert_eq!(at(path), json!(limit), "{path}");
        }
        let bits: Vec<Value> = code_bits().map(Value::from).chain([Value::Null]).collect();
        assert_eq!(at("/CreateBody/properties/bits/enum"), json!(bits));
        let parameters = &whole["paths"]["/v1/collections/{collection}/documents"]["put"]["parameters"];
        let key = parameters.as_array().into_iter().flatten().find(|one| one["name"] == "idempotency-key");
        assert_eq!(key.map(|key| &key["schema"]["maxLength"]), Some(&json!(MAX_KEY)));
    }

    #[test]
    fn only_a_daemon_with_keys_asks_for_them() {
        let whole = whole();
        let search = &whole["paths"]["/v1/collections/{collection}/search"]["post"];
        assert_eq!(search["security"], json!([{"bearer": ["read"]}, {"x-api-key": ["read"]}, {"basic": ["read"]}]));
        assert_eq!(whole["paths"]["/livez"]["get"]["security"], json!([]));
        let facts = Facts { keys: false, body_bytes: 1000 };
        let open = serde_json::to_value(document(&facts, routes().listed)).expect("plain values");
        let mut asked = Vec::new();
        under(&open, "security", &mut asked);
        assert!(asked.iter().all(|security| **security == json!([])), "{asked:?}");
    }
}
