//! The OpenAPI document and its page. What is in the document, tests beside it compare with the routes and the limits.

use maxsimd_server::keys::KeyScope::Read;

use crate::client::{get, request};
use crate::collection::start;
use crate::keys::{asked, key, ring};

#[test]
fn the_document_is_served_once_and_then_known_by_its_tag() {
    let running = start(|_| ());
    let reply = get(running.address, "/openapi.json");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    let document = reply.json();
    assert_eq!((&document["openapi"], &document["info"]["title"]), (&"3.1.0".into(), &"maxsimd".into()));
    assert!(document["paths"]["/v1/collections/{collection}/search"]["post"].is_object());
    assert_eq!(document["paths"]["/version"]["get"]["security"], serde_json::json!([]));
    let tag = reply.header("etag").expect("a tag");
    let again = request(running.address, "GET /openapi.json", &format!("If-None-Match: {tag}\r\n"), b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn a_daemon_with_keys_says_so_to_who_has_one() {
    let reader = key(Read, &[]);
    let keys = ring(&[&reader]);
    let running = crate::collection::start_over(|_| (), |config| config.keys = Some(keys));
    for path in ["/openapi.json", "/docs", "/docs/start.js"] {
        get(running.address, path).assert_problem(401, "key_missing");
        assert_eq!(asked(running.address, &reader.key, &format!("GET {path}"), "").status, 200, "{path}");
    }
    let document = asked(running.address, &reader.key, "GET /openapi.json", "").json();
    assert_eq!(document["paths"]["/version"]["get"]["security"][0]["bearer"][0], "metrics");
}

#[test]
fn the_page_and_all_that_it_loads_come_from_the_daemon_with_a_strict_policy() {
    let running = start(|_| ());
    let page = get(running.address, "/docs");
    let text = String::from_utf8(page.body.clone()).expect("UTF-8");
    let loaded = text.split(['"']).filter(|part| part.starts_with('/')).collect::<Vec<_>>();
    assert_eq!(loaded, ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"]);
    assert!(!text.contains("http") && !text.contains("style=") && !text.contains("<script>"), "{text}");
    for path in loaded.into_iter().chain(["/docs"]) {
        let reply = get(running.address, path);
        assert_eq!(reply.status, 200, "{path}");
        let policy = reply.header("content-security-policy").expect("a policy");
        for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"] {
            assert!(policy.split("; ").any(|found| found == part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
    get(running.address, "/docs/nothing.js").assert_problem(404, "route_not_found");
    get(running.address, "/docs/%ff").assert_problem(404, "route_not_found");
}
