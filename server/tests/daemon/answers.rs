//! Answers over HTTP: whole and as events, through a model server and without one, and for clients of OpenAI.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use maxsimd_engine::generate::openai::{OpenAi, OpenAiSettings};
use maxsimd_server::generators::Generators;
use serde_json::{Value, json};

use crate::client::{JSON, Reply, connect, get, message, request, search};
use crate::collection::{Running, start, wait_until};
use crate::model_server::{DONE, Server, stream_of};

const QUESTION: &str = "passage 17 of first";

fn ask(address: SocketAddr, body: &Value) -> Reply {
    request(address, "POST /v1/answer", JSON, body.to_string().as_bytes())
}

fn answered(address: SocketAddr, more: &Value) -> Value {
    let mut body = json!({"question": QUESTION, "collections": ["docs"]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = ask(address, &body);
    assert_eq!(reply.status, 200, "{}", reply.json());
    assert!(reply.header("server-timing").is_some_and(|timing| timing.contains("fetch") && timing.contains("queue")));
    reply.json()
}

/// A daemon whose model server is this one.
fn with(server: &Server) -> Running {
    let settings = OpenAiSettings::new("openai", &server.url, "m");
    let openai = OpenAi::new(OpenAiSettings { silence: Duration::from_secs(50), ..settings });
    start(|config| config.generators = Generators { openai: Some(Arc::new(openai)), ..Generators::default() })
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn an_answer_has_the_documented_shape() {
    let running = start(|_| ());
    let answer = answered(running.address, &json!({"k": 3}));
    let fields =
        ["abstained", "answer", "citations", "contexts", "decision", "degraded", "trace", "unsupported", "usage"];
    assert_eq!(names(&answer), fields);
    assert_eq!((&answer["answer"], &answer["abstained"]), (&json!(QUESTION), &json!(false)));
    let citation = &answer["citations"][0];
    assert_eq!(
        names(citation),
        ["answer_end", "answer_start", "collection", "document_id", "end", "passage_id", "quote", "start", "support"]
    );
    assert_eq!(
        (&citation["passage_id"], &citation["quote"], &citation["end"]),
        (&json!("d17#0"), &json!(QUESTION), &json!(19))
    );
    let context = &answer["contexts"][0];
    assert_eq!((&context["collection"], &context["document_id"]), (&json!("docs"), &json!("d17")));
    assert!(context["text"].is_string() && context["metadata"]["number"] == 17);
    assert_eq!(answer["contexts"].as_array().map(Vec::len), Some(3));
    assert_eq!((&answer["decision"]["path"], &answer["decision"]["technique"]), (&json!("quoted"), &json!("adaptive")));
    assert_eq!(names(&answer["usage"]), ["completion_tokens", "llm_calls", "ms", "prompt_tokens", "tokens"]);
    let stages: Vec<&Value> = answer["trace"].as_array().unwrap().iter().map(|step| &step["stage"]).collect();
    assert_eq!(stages, [&json!("classify"), &json!("retrieve"), &json!("quote")]);
    assert_eq!(answered(running.address, &json!({"trace": "none"}))["trace"], json!([]));
    let full = answered(running.address, &json!({"trace": "full"}));
    assert_eq!(full["trace"][1]["queries"], json!([QUESTION]));
    let filtered = answered(running.address, &json!({"filter": "number < 3", "threshold": 0}));
    assert!(filtered["contexts"].as_array().unwrap().iter().all(|hit| hit["metadata"]["number"].as_u64() < Some(3)));
    assert_eq!(answered(running.address, &json!({"threshold": 1}))["abstained"], true);
    assert!(
        String::from_utf8_lossy(&get(running.address, "/metrics").body)
            .contains("maxsimd_answers_total{path=\"quoted\"} 4")
    );
}

#[test]
fn what_cannot_be_answered_names_its_field() {
    let running = start(|_| ());
    let refused = |more: Value, status: u16, code: &str, field: &str| {
        let mut body = json!({"question": QUESTION, "collections": ["docs"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = ask(running.address, &body);
        reply.assert_problem(status, code);
        assert_eq!(reply.json()["field"], field, "{more}");
    };
    let invalid = |more: Value, field: &str| refused(more, 422, "invalid_field", field);
    invalid(json!({"question": " "}), "question");
    invalid(json!({"question": null}), "question");
    invalid(json!({"question": "x".repeat(9000)}), "question");
    invalid(json!({"collections": []}), "collections");
    invalid(json!({"collections": ["docs", "docs"]}), "collections[1]");
    invalid(json!({"collections": ["../x"]}), "collections[0]");
    invalid(json!({"technique": "magic"}), "technique");
    invalid(json!({"generator": "oracle"}), "generator");
    invalid(json!({"k": 0}), "k");
    invalid(json!({"k": 101}), "k");
    invalid(json!({"threshold": 1.5}), "threshold");
    invalid(json!({"trace": "loud"}), "trace");
    invalid(json!({"order": "random"}), "order");
    invalid(json!({"around": "all"}), "around");
    invalid(json!({"scope": "trees"}), "scope");
    invalid(json!({"budget": {"max_ms": 0}}), "budget.max_ms");
    invalid(json!({"budget": {"max_llm_calls": -1}}), "budget.max_llm_calls");
    invalid(json!({"budget": {"money": 1}}), "budget.money");
    invalid(json!({"history": [{"role": "system", "content": "x"}]}), "history[0].role");
    invalid(json!({"history": [{"role": "user", "content": "x".repeat(9000)}]}), "history[0].content");
    invalid(json!({"history": vec![json!({"role": "user", "content": "x"}); 33]}), "history");
    invalid(json!({"filter": "nothing = 1"}), "filter");
    refused(json!({"temperature": 1}), 422, "unknown_field", "temperature");
    refused(json!({"collections": ["docs", "absent"]}), 404, "collection_not_found", "collections[1]");
}

/// Events as (name, data).
fn events(running: &Running, more: &Value) -> Vec<(String, Value)> {
    let mut body = json!({"question": QUESTION, "collections": ["docs"], "stream": true});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = ask(running.address, &body);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/event-stream")));
    parsed(&reply.body)
}

/// Of a body in chunks, which end events here and there.
fn parsed(body: &[u8]) -> Vec<(String, Value)> {
    let (mut events, mut name) = (Vec::new(), String::new());
    for line in String::from_utf8_lossy(body).lines() {
        if let Some(event) = line.strip_prefix("event: ") {
            event.clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            let data = serde_json::from_str(data).unwrap_or(Value::Null);
            events.push((std::mem::take(&mut name), data));
        }
    }
    events
}

#[test]
fn events_tell_contexts_first_then_pieces_verdict_citations_and_the_whole() {
    let server = Server::start(|_, _, stream| stream_of(stream, &["passage 17 ", "of first"], DONE));
    let running = with(&server);
    let told = events(&running, &json!({"technique": "plain"}));
    let order: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["stage", "retrieval", "stage", "token", "token", "stage", "verdict", "citation", "done"];
    assert_eq!(order, expected);
    assert_eq!(told[0].1, json!({"stage": "retrieve"}));
    assert_eq!(told[1].1["contexts"][0]["document_id"], "d17");
    assert_eq!((&told[3].1["text"], &told[4].1["text"]), (&json!("passage 17 "), &json!("of first")));
    assert_eq!(told[6].1, json!({"accepted": true, "sentences": 1, "supported": 1}));
    assert_eq!(told[7].1["passage_id"], "d17#0");
    let whole = &told[8].1;
    assert_eq!((&whole["answer"], &whole["decision"]["path"]), (&json!(QUESTION), &json!("generated")));
    assert_eq!(
        whole["usage"],
        answered(running.address, &json!({"technique": "plain"}))["usage"]
            .as_object()
            .map(|usage| {
                let mut usage = usage.clone();
                usage["ms"] = whole["usage"]["ms"].clone();
                Value::from(usage)
            })
            .unwrap()
    );
    // Without a model server asked for, no piece is told.
    let quoted: Vec<String> = events(&running, &json!({"technique": "plain", "generator": "quote"}))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(quoted, ["stage", "retrieval", "stage", "citation", "done"]);
}

#[test]
fn a_failure_on_the_way_is_an_event_and_before_it_a_problem() {
    let running = start(|_| ());
    running.encoder.close();
    let told = events(&running, &json!({"budget": {"max_ms": 30}}));
    let (name, problem) = told.last().unwrap();
    assert_eq!((name.as_str(), &problem["code"]), ("error", &json!("deadline_exceeded")));
    assert!(problem["request_id"].is_string());
    running.encoder.open();
    let body = json!({"question": QUESTION, "collections": ["absent"], "stream": true});
    ask(running.address, &body).assert_problem(404, "collection_not_found");
}

#[test]
fn what_is_asked_for_and_not_there_is_said() {
    let running = start(|_| ());
    for generator in ["openai", "managed"] {
        let answer = answered(running.address, &json!({"generator": generator}));
        let degraded = &answer["degraded"][0];
        assert_eq!(
            (&degraded["stage"], &degraded["reason"], &degraded["fallback"]),
            (&json!("generate"), &json!("generator_missing"), &json!("quote"))
        );
        assert_eq!(answer["answer"], QUESTION);
    }
    assert_eq!(answered(running.address, &json!({"generator": "auto"}))["degraded"], json!([]));
}

#[test]
fn a_model_server_that_fails_in_any_way_is_quoted_around_in_time() {
    let running_with = |server: &Server, ms: u64| {
        let running = with(server);
        let answer = answered(running.address, &json!({"budget": {"max_ms": ms}}));
        assert_eq!((&answer["answer"], &answer["decision"]["path"]), (&json!(QUESTION), &json!("quoted")));
        answer["degraded"][0]["reason"].as_str().unwrap().to_owned()
    };
    let hanging = Server::start(|_, _, stream| {
        let _ = stream.read(&mut [0; 16]);
        Ok(())
    });
    assert_eq!(running_with(&hanging, 3000), "deadline");
    let killed = Server::start(|_, _, stream| stream_of(stream, &["passage 17"], ""));
    assert_eq!(running_with(&killed, 20_000), "generator_cut_off");
    let empty = Server::start(|_, _, stream| stream_of(stream, &[" "], DONE));
    assert_eq!(running_with(&empty, 20_000), "generator_empty");
    let wrong = Server::start(|_, _, stream| stream_of(stream, &[], "data: {{{\n\n"));
    assert_eq!(running_with(&wrong, 20_000), "generator_unreadable");
    let refusing = Server::start(|_, _, stream| stream_of(stream, &["NOT FOUND"], DONE));
    assert_eq!(running_with(&refusing, 20_000), "generator_declined");
    let endless = Server::start(|_, _, stream| {
        loop {
            stream_of(stream, &["never ending "; 50], "")?;
        }
    });
    assert_eq!(running_with(&endless, 20_000), "unsupported");
    let echoing =
        Server::start(|_, body, stream| stream_of(stream, &[body["messages"][1]["content"].as_str().unwrap()], DONE));
    assert_eq!(running_with(&echoing, 20_000), "prompt_echo");
}

#[test]
fn a_client_that_goes_away_takes_the_generator_along() {
    let hung_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&hung_up);
    let server = Server::start(move |_, _, stream| {
        stream_of(stream, &["passage "], "")?;
        while stream.read(&mut [0; 64])? > 0 {}
        seen.store(true, Ordering::Relaxed);
        Ok(())
    });
    let running = with(&server);
    for stream in [true, false] {
        hung_up.store(false, Ordering::Relaxed);
        let asked = server.asked();
        let body = json!({"question": QUESTION, "collections": ["docs"], "stream": stream}).to_string();
        let headers = format!("Host: {}\r\n{JSON}", running.address);
        let mut client = connect(running.address);
        client.write_all(&message("POST /v1/answer", &headers, body.as_bytes())).unwrap();
        if stream {
            // Its first piece has been told.
            let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
            assert!(lines.any(|line| line.unwrap() == "event: token"));
        }
        wait_until(|| server.asked() > asked);
        client.shutdown(std::net::Shutdown::Both).unwrap();
        drop(client);
        wait_until(|| hung_up.load(Ordering::Relaxed));
    }
}

#[test]
fn answers_that_wait_for_a_generator_hold_up_neither_searches_nor_health() {
    let server = Server::start(|_, _, stream| {
        let _ = stream.read(&mut [0; 16]);
        Ok(())
    });
    let running = with(&server);
    let body = json!({"question": QUESTION, "collections": ["docs"], "budget": {"max_ms": 600_000}}).to_string();
    let wire = message("POST /v1/answer", &format!("Host: {}\r\n{JSON}", running.address), body.as_bytes());
    let ask = |_| {
        let mut client = connect(running.address);
        client.write_all(&wire).unwrap();
        client
    };
    // Sixteen are under way, and sixty-four more wait for a place.
    let mut waiting: Vec<_> = (0..16).map(ask).collect();
    wait_until(|| server.asked() == 16);
    waiting.extend((16..100).map(ask));
    for client in &waiting {
        client.set_nonblocking(true).unwrap();
    }
    let refused = || waiting.iter().filter(|client| client.peek(&mut [0; 12]).is_ok_and(|bytes| bytes > 0)).count();
    wait_until(|| refused() >= 20);
    assert_eq!(refused(), 20);
    for client in &waiting {
        let mut start = [0; 12];
        assert!(client.peek(&mut start).is_err() || &start == b"HTTP/1.1 429");
    }
    assert_eq!(get(running.address, "/livez").status, 200);
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
}

fn chat(address: SocketAddr, body: &Value) -> Reply {
    request(address, "POST /v1/chat/completions", JSON, body.to_string().as_bytes())
}

#[test]
fn clients_of_openai_get_answers_with_citations() {
    let running = start(|_| ());
    let turns = json!([{"role": "system", "content": "be brief"}, {"role": "user", "content": QUESTION}]);
    let reply = chat(
        running.address,
        &json!({"model": "maxsimd/plain@docs", "messages": turns, "temperature": 0.7, "max_tokens": 5, "user": "me"}),
    );
    assert_eq!(reply.status, 200, "{}", reply.json());
    let reply = reply.json();
    assert_eq!((&reply["object"], &reply["model"]), (&json!("chat.completion"), &json!("maxsimd/plain@docs")));
    let choice = &reply["choices"][0];
    assert_eq!((&choice["finish_reason"], &choice["message"]["role"]), (&json!("stop"), &json!("assistant")));
    let content = choice["message"]["content"].as_str().unwrap();
    assert_eq!(content, format!("{QUESTION} [1]\n\n[1] d17#0: \"{QUESTION}\""));
    assert_eq!(reply["maxsimd"]["citations"][0]["document_id"], "d17");
    assert_eq!(reply["usage"]["total_tokens"], 0);
    let parts = json!([{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]);
    let stream = json!({"model": "maxsimd/auto@docs", "messages": parts, "stream": true,
        "stream_options": {"include_usage": true}});
    let chunks = parsed(&chat(running.address, &stream).body);
    assert!(chunks.iter().all(|(name, _)| name.is_empty()));
    let chunks: Vec<&Value> = chunks.iter().map(|(_, chunk)| chunk).collect();
    assert_eq!(chunks[0]["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    assert_eq!(chunks[1]["choices"][0]["delta"]["content"], content);
    assert_eq!(chunks[2]["choices"][0]["finish_reason"], "stop");
    assert_eq!((&chunks[3]["choices"], chunks[3]["usage"].is_object()), (&json!([]), true));
    assert_eq!((chunks.len(), chunks[4]), (5, &Value::Null));
}

#[test]
fn clients_of_openai_get_errors_that_they_can_read() {
    let running = start(|_| ());
    let user = json!([{"role": "user", "content": "x"}]);
    for bytes in [&b"{"[..], b"", b"{} {}", b"\xff"] {
        let reply = request(running.address, "POST /v1/chat/completions", JSON, bytes);
        assert!(matches!(reply.status, 400 | 422) && reply.json()["error"]["message"].is_string());
    }
    let many: Vec<String> = (0..100_000).map(|n| format!("c{n}")).collect();
    for (body, status, code, param) in [
        (
            json!({"model": format!("maxsimd/plain@{}", many.join(",")), "messages": user}),
            404,
            "model_not_found",
            "model",
        ),
        (
            json!({"model": "maxsimd/plain@docs", "messages": vec![user[0].clone(); 1025]}),
            422,
            "invalid_field",
            "messages",
        ),
        (json!({"model": "gpt-4o", "messages": user}), 404, "model_not_found", "model"),
        (json!({"model": "maxsimd/plain", "messages": user}), 404, "model_not_found", "model"),
        (json!({"model": "maxsimd/magic@docs", "messages": user}), 404, "model_not_found", "model"),
        (json!({"model": "maxsimd/plain@../x", "messages": user}), 404, "model_not_found", "model"),
        (json!({"model": "maxsimd/plain@absent", "messages": user}), 404, "collection_not_found", "collections[0]"),
        (json!({"model": "maxsimd/plain@docs", "messages": []}), 422, "invalid_field", "messages"),
        (
            json!({"model": "maxsimd/plain@docs", "messages": [{"role": "user", "content": ""}]}),
            422,
            "invalid_field",
            "messages",
        ),
        (
            json!({"model": "maxsimd/plain@docs", "messages": [{"role": "king", "content": "x"}]}),
            422,
            "invalid_field",
            "messages[0].role",
        ),
        (json!({"model": "maxsimd/plain@docs", "messages": "x"}), 422, "invalid_field", "messages"),
    ] {
        let reply = chat(running.address, &body);
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["code"], &error["param"]), (status, &json!(code), &json!(param)), "{body}");
        assert!(error["message"].is_string() && error["type"] == "invalid_request_error");
        assert!(reply.header("x-request-id").is_some());
    }
}
