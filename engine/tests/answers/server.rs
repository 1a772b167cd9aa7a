//! The client of model servers against a real one, which also fails in every way that they do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::answer::{AnswerRequest, Path, Writer};
use maxsimd_engine::generate::openai::{OpenAi, OpenAiSettings, Secret};
use maxsimd_engine::generate::{Finish, Generator, GeneratorError, Message, Prompt};
use serde_json::{Value, json};

use super::model_server::{DONE, Server, head, json_of, stream_of};
use super::plain;
use super::{Fixture, sure};

/// A client that is patient for less than a second, with a key.
fn client(server: &Server) -> OpenAi {
    let settings = OpenAiSettings::new("openai", &server.url, "model-of-a-test");
    let (silence, key) = (Duration::from_millis(400), Some(Secret::new("sesame")));
    OpenAi::new(OpenAiSettings { silence, key, ..settings })
}

fn prompt() -> Prompt {
    let messages = vec![Message::system("task"), Message::user("question")];
    Prompt { messages, max_tokens: 20, temperature: 0.0, schema: Some(json!({"type": "object"})) }
}

fn write(client: &OpenAi, context: &Context) -> (Result<String, GeneratorError>, String) {
    let mut told = String::new();
    let written = client.write(context, &prompt(), &mut |piece| told.push_str(piece));
    (written.map(|written| written.text), told)
}

fn within(seconds: u64) -> Context {
    Context::until(Instant::now() + Duration::from_secs(seconds))
}

#[test]
fn a_stream_is_told_piece_by_piece_and_counted() {
    let server = Server::start(|_, _, stream| stream_of(stream, &["The ", "moon"], DONE));
    let client = client(&server);
    let mut told = Vec::new();
    let written = client.write(&within(20), &prompt(), &mut |piece| told.push(piece.to_owned())).unwrap();
    assert_eq!((written.text.as_str(), written.finish, written.usage.prompt), ("The moon", Finish::Stop, 9));
    assert_eq!(told, ["The ", "moon"]);
    assert_eq!(client.name(), "openai:model-of-a-test");
    let (head, body) = server.requests.lock().unwrap().remove(0);
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{head}");
    assert!(head.to_ascii_lowercase().contains("authorization: bearer sesame"));
    assert_eq!(
        (&body["model"], &body["stream"], &body["max_tokens"]),
        (&json!("model-of-a-test"), &json!(true), &json!(20))
    );
    assert_eq!(body["messages"][1], json!({"role": "user", "content": "question"}));
    assert_eq!(body["response_format"]["json_schema"]["schema"], json!({"type": "object"}));
    // The key is for the server alone.
    assert!(!format!("{client:?}").contains("sesame"));
}

#[test]
fn a_server_that_does_not_stream_is_understood() {
    let reply = json!({"choices": [{"message": {"content": "whole"}, "finish_reason": "length"}]});
    let server = Server::start(move |_, _, stream| json_of(stream, "200 OK", &reply));
    assert_eq!(write(&client(&server), &within(20)), (Ok("whole".to_owned()), "whole".to_owned()));
}

#[test]
fn who_is_busy_is_asked_again_and_who_refuses_is_not() {
    let server = Server::start(|number, _, stream| match number {
        0 => head(stream, "429 Too Many Requests\r\nretry-after: 0", "text/plain"),
        1 => head(stream, "500 Internal Server Error", "text/plain"),
        _ => stream_of(stream, &["at last"], DONE),
    });
    assert_eq!(write(&client(&server), &within(20)).0, Ok("at last".to_owned()));
    assert_eq!(server.asked(), 3);
    let server = Server::start(|_, _, stream| head(stream, "503 Service Unavailable", "text/plain"));
    assert_eq!(write(&client(&server), &within(20)).0, Err(GeneratorError::Busy { status: 503, wait: None }));
    assert_eq!(server.asked(), 3);
    let server = Server::start(|_, _, stream| head(stream, "429 Wait\r\nretry-after: 3600", "text/plain"));
    assert!(matches!(write(&client(&server), &within(20)).0, Err(GeneratorError::Busy { wait: Some(_), .. })));
    assert_eq!(server.asked(), 1);
    let server = Server::start(|_, _, stream| json_of(stream, "401 Unauthorized", &json!({"error": "no  such\nkey"})));
    let refused = write(&client(&server), &within(20)).0;
    assert_eq!(
        refused,
        Err(GeneratorError::Refused { status: 401, said: "{\"error\":\"no  such\\nkey\"}".replace("  ", " ") })
    );
    assert_eq!(server.asked(), 1);
    // A redirect may lead anywhere, with the key.
    let server = Server::start(|_, _, stream| head(stream, "307 Go\r\nlocation: http://127.0.0.1:9/v1", "text/plain"));
    assert!(matches!(write(&client(&server), &within(20)).0, Err(GeneratorError::Refused { status: 307, .. })));
}

#[test]
fn a_server_that_repeats_the_key_is_not_repeated() {
    for status in ["401 Unauthorized", "200 OK"] {
        let server = Server::start(move |_, _, stream| {
            json_of(stream, status, &json!({"error": format!("{}no such key: Bearer sesame", " ".repeat(400))}))
        });
        let refused = write(&client(&server), &within(20)).0.unwrap_err().to_string();
        assert!(!refused.contains("sesame"), "{refused}");
    }
}

#[test]
fn a_text_that_is_there_is_taken_though_the_server_keeps_the_connection() {
    let server = Server::start(|_, _, stream| {
        stream_of(stream, &["whole"], DONE.split("data: [DONE]").next().unwrap())?;
        let _ = stream.read(&mut [0; 16]);
        Ok(())
    });
    assert_eq!(write(&client(&server), &within(20)).0, Ok("whole".to_owned()));
}

#[test]
fn a_follow_up_question_leaves_time_for_its_answer() {
    let fixture = Fixture::new();
    let server = Server::start(|_, _, stream| {
        let _ = stream.read(&mut [0; 16]);
        Ok(())
    });
    let settings = OpenAiSettings::new("openai", &server.url, "m");
    let client = OpenAi::new(OpenAiSettings { silence: Duration::from_secs(60), ..settings });
    let history = vec![Message::user("What does the Moon make?")];
    let request = AnswerRequest { history, ..sure("what makes them, the tides") };
    let answer = plain(&within(3), &fixture.sources(), Writer::Generator(&client), &request, &mut |_| ()).unwrap();
    let reasons: Vec<_> = answer.degraded.iter().map(|degraded| (degraded.stage, degraded.reason)).collect();
    assert_eq!(reasons, [("condense", "deadline"), ("generate", "deadline")]);
    assert!(!answer.abstained);
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let client = OpenAi::new(OpenAiSettings::new("openai", url, "m"));
    assert!(matches!(write(&client, &within(20)).0, Err(GeneratorError::Unreachable { .. })));
}

#[test]
fn what_is_cut_off_before_its_first_piece_is_asked_again_and_after_it_is_not() {
    let server = Server::start(|number, _, stream| match number {
        0 => head(stream, "200 OK", "text/event-stream"),
        _ => stream_of(stream, &["whole"], DONE),
    });
    assert_eq!(write(&client(&server), &within(20)), (Ok("whole".to_owned()), "whole".to_owned()));
    let server = Server::start(|_, _, stream| stream_of(stream, &["half"], ""));
    let (written, told) = write(&client(&server), &within(20));
    assert!(matches!(written, Err(GeneratorError::CutOff { .. })), "{written:?}");
    assert_eq!((told.as_str(), server.asked()), ("half", 1));
}

#[test]
fn silence_ends_and_so_does_time() {
    let quiet = |stream: &mut TcpStream| {
        // Until the client hangs up.
        let _ = stream.read(&mut [0; 16]);
        Ok(())
    };
    let server = Server::start(move |number, _, stream| {
        if number % 2 == 0 {
            stream_of(stream, &["half"], "")?;
        }
        quiet(stream)
    });
    for _ in 0..2 {
        let silent = write(&client(&server), &within(60)).0;
        assert_eq!(silent, Err(GeneratorError::Silent { after: Duration::from_millis(400) }));
    }
    // It never ends, a little at a time: a deadline ends it, or what a reply may have.
    let drip = |_: usize, _: &Value, stream: &mut TcpStream| {
        head(stream, "200 OK", "text/event-stream")?;
        loop {
            stream.write_all(b"data: {\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let server = Server::start(drip);
    assert_eq!(write(&client(&server), &within(1)).0, Err(GeneratorError::Deadline));
    let endless = |_: usize, _: &Value, stream: &mut TcpStream| loop {
        stream_of(stream, &["and so on "; 100], "")?;
    };
    let server = Server::start(endless);
    let (written, told) = write(&client(&server), &within(60));
    assert_eq!(written.map(|text| text.len()), Ok(200));
    assert_eq!(told.len(), 200);
}

#[test]
fn rubbish_is_no_text() {
    let replies: [fn(&mut TcpStream) -> std::io::Result<()>; 6] = [
        |stream| stream.write_all(b"\x16\x03\x01 no HTTP at all\r\n\r\n"),
        |stream| json_of(stream, "200 OK", &json!({"choices": []})),
        |stream| json_of(stream, "200 OK", &json!([1, 2])),
        |stream| head(stream, "200 OK", "application/json").and_then(|()| stream.write_all(&vec![b' '; 2 << 20])),
        |stream| stream_of(stream, &[], "data: <html>\n\n"),
        |stream| stream_of(stream, &[], "data: {\"error\":{\"message\":\"out of memory\"}}\n\n"),
    ];
    for reply in replies {
        let server = Server::start(move |_, _, stream| reply(stream));
        let written = write(&client(&server), &within(20)).0;
        let known = matches!(
            written,
            Err(GeneratorError::Unreadable { .. } | GeneratorError::Unreachable { .. } | GeneratorError::CutOff { .. })
        );
        assert!(known, "{written:?}");
    }
    let server = Server::start(|_, _, stream| stream_of(stream, &[" ", "\n"], DONE));
    assert_eq!(write(&client(&server), &within(20)).0, Err(GeneratorError::Empty));
}

#[test]
fn whoever_gives_up_hangs_up_at_once() {
    let hung_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&hung_up);
    let server = Server::start(move |_, _, stream| {
        stream_of(stream, &["half"], "")?;
        // Ends when the client's side is closed.
        while stream.read(&mut [0; 64])? > 0 {}
        seen.store(true, Ordering::Relaxed);
        Ok(())
    });
    let settings = OpenAiSettings::new("openai", &server.url, "m");
    let client = OpenAi::new(OpenAiSettings { silence: Duration::from_secs(60), ..settings });
    let flag = Arc::new(AtomicBool::new(false));
    let context = Context::unbounded().cancelled_by(Arc::clone(&flag));
    let written = client.write(&context, &prompt(), &mut |_| flag.store(true, Ordering::Relaxed));
    assert_eq!(written, Err(GeneratorError::Cancelled));
    let patience = Instant::now() + Duration::from_secs(20);
    while !hung_up.load(Ordering::Relaxed) {
        assert!(Instant::now() < patience, "the server still waits");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn labels_are_chosen_by_probabilities_and_without_them_by_text() {
    let server = Server::start(|_, body, stream| {
        let logprobs = json!({"content": [{"top_logprobs": [
            {"token": " Yes", "logprob": -0.1}, {"token": "No", "logprob": -3.0}]}]});
        assert_eq!((&body["max_tokens"], &body["top_logprobs"]), (&json!(1), &json!(20)));
        json_of(stream, "200 OK", &json!({"choices": [{"message": {"content": "Yes"}, "logprobs": logprobs}]}))
    });
    let choice = client(&server).choose(&within(20), &prompt(), &["yes", "no"]).unwrap();
    assert!(choice.by_logprobs && choice.probabilities[0] > 0.9, "{choice:?}");
    assert_eq!(server.asked(), 1);
    let server = Server::start(|_, body, stream| {
        let text = if body["max_tokens"] == json!(1) { "The" } else { "The label is no." };
        json_of(stream, "200 OK", &json!({"choices": [{"message": {"content": text}}]}))
    });
    let choice = client(&server).choose(&within(20), &prompt(), &["yes", "no"]).unwrap();
    assert_eq!((choice.probabilities, choice.by_logprobs), (vec![0.0, 1.0], false));
    assert_eq!(server.asked(), 2);
    let server = Server::start(|_, _, stream| {
        json_of(stream, "200 OK", &json!({"choices": [{"message": {"content": "perhaps"}}]}))
    });
    let none = client(&server).choose(&within(20), &prompt(), &["yes", "no"]);
    assert!(matches!(none, Err(GeneratorError::Unreadable { .. })), "{none:?}");
}

#[test]
fn an_answer_through_a_server_is_checked_and_one_that_it_breaks_off_is_quoted_in_time() {
    let fixture = Fixture::new();
    let request = sure("the moon makes the tides");
    let server = Server::start(|_, _, stream| stream_of(stream, &["It pulls the sea ", "twice a day."], DONE));
    let answer = fixture.ask(Writer::Generator(&client(&server)), &request);
    fixture.check(&answer);
    assert_eq!((answer.decision.path, answer.answer.as_str()), (Path::Generated, "It pulls the sea twice a day."));
    let server = Server::start(|_, _, stream| {
        stream_of(stream, &["It pulls"], "")?;
        let _ = stream.read(&mut [0; 16]);
        Ok(())
    });
    let settings = OpenAiSettings::new("openai", &server.url, "m");
    let client = OpenAi::new(OpenAiSettings { silence: Duration::from_secs(60), ..settings });
    let (context, sources) = (within(2), fixture.sources());
    let answer = plain(&context, &sources, Writer::Generator(&client), &request, &mut |_| ()).unwrap();
    assert_eq!((answer.degraded[0].reason, answer.answer.as_str()), ("deadline", "The moon makes the tides."));
    assert!(context.check().is_ok());
}
