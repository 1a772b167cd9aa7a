//! Search providers: what they are asked, what they find, and every way in which they do not.

use std::io::Write;

use maxsimd_engine::web::{SearxNg, Secret, Tavily, WebResult, WebSearch};
use serde_json::{Value, json};

use super::model_server::json_of;
use super::*;

/// Both, asking one server.
fn providers(server: &Server) -> [Box<dyn WebSearch>; 2] {
    let base = format!("http://{}", server.address);
    let tavily = Tavily::new(&format!("{base}/"), Secret::new("sesame")).unwrap();
    [Box::new(SearxNg::new(&base).unwrap()), Box::new(tavily)]
}

/// What both make of a server that does one thing.
fn each(
    behaviour: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> Vec<Result<Vec<WebResult>, WebError>> {
    let server = Server::start(move |_, _, stream| behaviour(stream));
    providers(&server).iter().map(|provider| provider.search(&within(20), "tides", 5)).collect()
}

fn found(results: &[(&str, &str, &str)]) -> Value {
    let results: Vec<_> =
        results.iter().map(|(url, title, content)| json!({"url": url, "title": title, "content": content})).collect();
    json!({"query": "tides", "results": results})
}

#[test]
fn what_is_found_comes_in_order_and_at_most_as_much_as_is_asked_for() {
    let reply = found(&[
        ("https://one.example/a?b=c#d", "One", "First."),
        ("http://two.example", "", "Second."),
        ("https://one.example/a?b=c#e", "One again", "First."),
        ("https://three.example/", "Three", ""),
        ("https://four.example/", "Four", ""),
    ]);
    for results in each(move |stream| json_of(stream, "200 OK", &reply)) {
        let results = results.unwrap();
        let of: Vec<_> = results.iter().map(|r| (r.url.as_str(), r.title.as_str(), r.snippet.as_str())).collect();
        let expected = [
            ("https://one.example/a?b=c", "One", "First."),
            ("http://two.example/", "two.example", "Second."),
            ("https://three.example/", "Three", ""),
            ("https://four.example/", "Four", ""),
        ];
        assert_eq!(of, expected);
    }
    let server = Server::start(|_, _, stream| json_of(stream, "200 OK", &found(&[("https://a.example", "A", ""); 9])));
    for provider in providers(&server) {
        assert_eq!(provider.search(&within(20), "tides", 1).unwrap().len(), 1);
        assert_eq!(provider.search(&within(20), "tides", 0), Ok(Vec::new()));
        assert_eq!(provider.search(&within(20), " \n", 3), Ok(Vec::new()));
    }
    assert_eq!(server.asked(), 2, "nothing is asked for nothing");
}

#[test]
fn each_is_asked_in_its_own_words() {
    let server = Server::start(|_, _, stream| json_of(stream, "200 OK", &found(&[])));
    let [searxng, tavily] = providers(&server);
    let query = format!("what makes\n the tides & \u{7}waves? {}", "x".repeat(1000));
    for provider in [&searxng, &tavily] {
        assert_eq!(provider.search(&within(20), &query, 50), Ok(Vec::new()));
    }
    assert_eq!([searxng.name(), tavily.name()], ["searxng", "tavily"]);
    let requests = server.requests.lock().unwrap();
    let [(get, _), (post, body)] = &requests[..] else { panic!("{requests:?}") };
    let (get, post) = (get.to_lowercase(), post.to_lowercase());
    assert!(get.starts_with("get /search?q=what%20makes%20the%20tides%20%26%20waves"), "{get}");
    assert!(get.contains("&format=json http/1.1") && !get.contains("authorization"), "{get}");
    assert!(post.starts_with("post /search http/1.1") && post.contains("authorization: bearer sesame"), "{post}");
    let asked = body["query"].as_str().unwrap();
    assert!(asked.starts_with("what makes the tides & waves? x") && asked.len() == 400, "{asked}");
    assert_eq!(body["max_results"], json!(20));
    for head in [get, post] {
        assert!(head.contains(concat!("user-agent: maxsimd/", env!("CARGO_PKG_VERSION"))), "{head}");
        assert!(head.contains("accept-encoding: identity") && !head.contains("cookie"), "{head}");
    }
}

#[test]
fn what_strangers_write_is_cleaned_and_what_makes_no_sense_left_out() {
    let long = "x".repeat(5000);
    let mut reply = found(&[
        ("javascript:alert(1)", "no", ""),
        ("file:///etc/passwd", "no", ""),
        ("//no-scheme.example/", "no", ""),
        ("https://user:word@no.example/", "no", ""),
        ("", "no", ""),
        ("https://yes.example/", "A \u{1b}[31mtitle\u{202e}\n here", &format!("snip\u{0}pet {long}")),
    ]);
    let results = reply["results"].as_array_mut().unwrap();
    results.extend([json!(7), json!(null), json!({"url": 7}), json!({"title": "no"})]);
    results.push(json!({"url": "https://bare.example/", "title": null, "content": {"a": 1}}));
    for results in each(move |stream| json_of(stream, "200 OK", &reply)) {
        let results = results.unwrap();
        assert_eq!(results.len(), 2, "{results:?}");
        assert_eq!(results[0].title, "A [31mtitle here");
        assert!(results[0].snippet.starts_with("snippet xxx") && results[0].snippet.len() == 2000);
        let bare = ("bare.example", "");
        assert_eq!((results[1].title.as_str(), results[1].snippet.as_str()), bare);
    }
}

#[test]
fn rubbish_is_no_result() {
    for body in ["", "<html>", "{\"results\": 3}", "{\"answer\": []}", "[]", "{\"results\": [{", "\u{0}"] {
        for result in each(move |stream| {
            head(stream, "200 OK", "application/json")?;
            stream.write_all(body.as_bytes())
        }) {
            assert!(matches!(result, Err(WebError::BadReply { .. })), "{body}: {result:?}");
        }
    }
    let deep = format!("{{\"results\": {}", "[".repeat(1_000_000));
    for result in each(move |stream| {
        head(stream, "200 OK", "application/json")?;
        stream.write_all(deep.as_bytes())
    }) {
        assert!(matches!(result, Err(WebError::BadReply { .. })), "{result:?}");
    }
    for result in each(|stream| stream.write_all(b"\x16\x03\x01 no HTTP at all\r\n\r\n")) {
        assert!(matches!(result, Err(WebError::BadReply { .. } | WebError::Unreachable { .. })), "{result:?}");
    }
    for result in each(|stream| stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"results\": []}")) {
        assert!(matches!(result, Err(WebError::BadReply { .. })), "cut off: {result:?}");
    }
}

#[test]
fn a_reply_without_end_is_not_read_to_its_end() {
    for result in each(|stream| {
        head(stream, "200 OK", "application/json")?;
        loop {
            stream.write_all(&[b' '; 4096])?;
        }
    }) {
        assert!(matches!(result, Err(WebError::TooLarge { .. })), "{result:?}");
    }
    // Nothing follows what says how long it is.
    for result in each(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n")?;
        wait(stream);
        Ok(())
    }) {
        assert!(matches!(result, Err(WebError::TooLarge { .. })), "{result:?}");
    }
}

#[test]
fn refusals_are_told_without_the_key() {
    let said = json!({"detail": {"error": format!("{}bad key:\n sesame", " ".repeat(400))}});
    for result in each(move |stream| json_of(stream, "401 Unauthorized", &said)) {
        let Err(WebError::Status { status: 401, said, .. }) = result else { panic!("{result:?}") };
        assert!(said.contains("bad key"), "{said}");
    }
    let server = Server::start(|_, _, stream| json_of(stream, "500 Oh no", &json!("the key is sesame")));
    let error = providers(&server)[1].search(&within(20), "tides", 5).unwrap_err().to_string();
    assert!(error.contains("the key is (key)"), "{error}");
    let forbidden = each(|stream| json_of(stream, "403 Forbidden", &json!("Forbidden")));
    let error = forbidden[0].clone().unwrap_err().to_string();
    assert!(error.contains("settings.yml") && error.contains("json"), "{error}");
    // A redirect may lead anywhere, with the key.
    for result in each(|stream| head(stream, "307 Go\r\nlocation: http://127.0.0.1:9/search", "text/plain")) {
        assert!(matches!(result, Err(WebError::Status { status: 307, .. })), "{result:?}");
    }
}

#[test]
fn a_provider_that_says_nothing_is_given_up() {
    for said in ["", "HTTP/1.1 200 OK\r\n\r\n{\"results\": ["] {
        let (server, _) = stalled(said);
        for provider in providers(&server) {
            assert_eq!(provider.search(&within(1), "tides", 5), Err(WebError::Deadline), "{said}");
            let over = Context::until(Instant::now());
            assert_eq!(provider.search(&over, "tides", 5), Err(WebError::Deadline));
        }
    }
    for which in 0..2 {
        let error = given_up(|context, server| providers(server)[which].search(context, "tides", 5));
        assert_eq!(error, Some(WebError::Cancelled));
    }
}

#[test]
fn nobody_listens() {
    let base = "http://127.0.0.1:1";
    let tavily = Tavily::new(base, Secret::new("sesame")).unwrap();
    for provider in [&SearxNg::new(base).unwrap() as &dyn WebSearch, &tavily] {
        let result = provider.search(&within(20), "tides", 5);
        assert!(matches!(result, Err(WebError::Unreachable { .. })), "{result:?}");
    }
}

#[test]
fn an_address_that_cannot_be_a_provider_is_refused_at_once() {
    for base in
        ["", "127.0.0.1:8888", "ftp://a.example", "http://", "http://a@b.example", "http://a.example?b", "http://a#b"]
    {
        assert!(matches!(SearxNg::new(base), Err(WebError::RefusedUrl { .. })), "{base}");
        assert!(matches!(Tavily::new(base, Secret::new("")), Err(WebError::RefusedUrl { .. })), "{base}");
    }
    let tavily = Tavily::new(Tavily::URL, Secret::new("sesame")).unwrap();
    assert!(!format!("{tavily:?}").contains("sesame"));
}
