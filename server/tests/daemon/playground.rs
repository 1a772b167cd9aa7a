//! The page for people: that it is whole, and that browsers are told to run nothing else.

use crate::client::{get, request};
use crate::collection::start;

/// What one of the page's files refers to in quotes after a word.
fn referred<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_page_and_all_that_it_refers_to_come_with_a_strict_policy() {
    let running = start(|_| ());
    let mut paths = vec![("/".to_owned(), "text/html; charset=utf-8")];
    let mut seen = 0;
    while let Some((path, kind)) = paths.get(seen).cloned() {
        seen += 1;
        let reply = get(running.address, &path);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(kind)), "{path}");
        let policy = reply.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|found| found == part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-cache")]
        {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
        let text = String::from_utf8(reply.body).unwrap();
        let files = [
            ("href=\"/playground/", "text/css; charset=utf-8"),
            ("src=\"/playground/", "text/javascript; charset=utf-8"),
            ("from \"./", "text/javascript; charset=utf-8"),
        ];
        for (before, kind) in files {
            for name in referred(&text, before) {
                let path = format!("/playground/{name}");
                if paths.iter().all(|(known, _)| *known != path) {
                    paths.push((path, kind));
                }
            }
        }
        for never in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "https://",
            "style=\"",
            "onclick=\"",
        ] {
            assert!(!text.contains(never), "{never} in {path}");
        }
    }
    assert_eq!(seen, 14, "{paths:?}");
}

#[test]
fn a_browser_that_has_a_file_is_told_so() {
    let running = start(|_| ());
    for path in ["/", "/playground/page.js"] {
        let tag = get(running.address, path).header("etag").unwrap().to_owned();
        let known =
            |tag: &str| request(running.address, &format!("GET {path}"), &format!("If-None-Match: {tag}\r\n"), b"");
        let same = known(&format!("\"other\", {tag}"));
        assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(&*tag)));
        assert!(same.header("content-security-policy").is_some());
        assert_eq!(known("\"other\"").status, 200);
    }
}

#[test]
fn there_are_no_other_files() {
    let running = start(|_| ());
    for path in
        ["/playground/", "/playground/index.html", "/playground/..%2fpage.js", "/playground/page.js/x", "/index.html"]
    {
        get(running.address, path).assert_problem(404, "route_not_found");
    }
    request(running.address, "POST /", "", b"").assert_problem(405, "method_not_allowed");
}
