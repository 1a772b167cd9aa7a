//! The log of slow requests: what was asked stands in it only where that is wanted. A program of its own, since a process has one log.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maxsimd_engine::encode::{Encoded, Encoder, Fingerprint};
use maxsimd_engine::{Context, TokenMatrix};
use maxsimd_server::keys::{KeyScope, KeySource, Keyring, NewKey};
use maxsimd_server::log::Slow;
use maxsimd_server::{Config, Daemon, EncoderSource};
use serde_json::Value;

const WIDTH: usize = 32;
const QUESTION: &str = "what nobody else should read";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().expect("no panic"))).expect("UTF-8")
    }
}

fn send(address: SocketAddr, key: &str, line: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the daemon listens");
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).expect("the daemon reads");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    reply
}

/// An encoder whose every text is one vector.
#[derive(Debug)]
struct Same(Fingerprint);

impl Same {
    fn vectors(texts: &[&str]) -> Result<Vec<Encoded>, maxsimd_engine::Error> {
        let values = (0..WIDTH).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect();
        let one = Encoded { vectors: TokenMatrix::new(WIDTH, values)?, truncated_tokens: 0, starts: vec![None] };
        Ok(vec![one; texts.len()])
    }
}

impl Encoder for Same {
    fn name(&self) -> &str {
        "same"
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.0
    }

    fn width(&self) -> usize {
        WIDTH
    }

    fn encode_queries(&self, _: &Context, texts: &[&str]) -> Result<Vec<Encoded>, maxsimd_engine::Error> {
        Self::vectors(texts)
    }

    fn encode_passages(&self, _: &Context, texts: &[&str]) -> Result<Vec<Encoded>, maxsimd_engine::Error> {
        Self::vectors(texts)
    }

    fn passage_starts(&self, _: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>, maxsimd_engine::Error> {
        Ok(vec![vec![None]; texts.len()])
    }

    fn count_tokens(&self, _: &str) -> Result<usize, maxsimd_engine::Error> {
        Ok(1)
    }

    fn token_starts(&self, _: &str) -> Result<Vec<usize>, maxsimd_engine::Error> {
        Ok(vec![0])
    }
}

/// What is logged of a request, all of them being slow.
fn logged(lines: &Lines, texts: bool, asks: (&str, &str, u16), encoder: EncoderSource) -> (String, NewKey) {
    let data = tempfile::tempdir().expect("a folder");
    let key = NewKey::make(None, KeyScope::Admin, None).expect("randomness");
    let mut config = Config::local(data.path(), encoder);
    config.slow = Slow { from: Some(Duration::ZERO), texts };
    let source = KeySource { file: None, lines: Some(key.line.clone()) };
    config.keys = Some(Arc::new(Keyring::open(source).expect("keys")));
    let daemon = Daemon::start(config).expect("started");
    let address = daemon.address();
    while !send(address, &key.key, "GET /readyz", "").starts_with("HTTP/1.1 200") {
        std::thread::sleep(Duration::from_millis(2));
    }
    let created = send(address, &key.key, "POST /v1/collections", r#"{"name":"notes","width":32}"#);
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    lines.take();
    let body = asks.1.replace("QUESTION", QUESTION);
    let found = send(address, &key.key, asks.0, &body);
    assert!(found.starts_with(&format!("HTTP/1.1 {}", asks.2)), "{found}");
    daemon.stop().expect("ended");
    (lines.take(), key)
}

fn all_slow(text: &str) -> Vec<Value> {
    let objects = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object a line"));
    objects.filter(|object| object["message"] == "slow request").collect()
}

fn slow(text: &str) -> Value {
    let slow = all_slow(text);
    assert_eq!(slow.len(), 1, "{text}");
    slow[0].clone()
}

#[test]
fn slow_requests_are_logged_with_what_was_asked_only_if_that_is_wanted_and_never_with_a_key() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).init();

    let search = ("POST /v1/collections/notes/search", r#"{"query":"QUESTION","mode":"bm25","k":3}"#, 200);
    let (text, key) = logged(&lines, false, search, EncoderSource::Absent);
    let told = slow(&text);
    assert_eq!((&told["collections"], &told["how"], &told["k"]), (&"notes".into(), &"bm25".into(), &3.into()));
    assert_eq!(told["route"], "/v1/collections/{collection}/search");
    assert!(told["stages"].as_str().is_some_and(|stages| stages.contains("ms")), "{told}");
    assert_eq!(told["key"].as_str(), key.line.split(' ').next());
    assert!(!text.contains(QUESTION) && !text.contains(&key.key), "{text}");

    let (text, key) = logged(&lines, true, search, EncoderSource::Absent);
    assert_eq!(slow(&text)["text"], QUESTION);
    assert!(!text.contains(&key.key), "{text}");

    // There is no encoder, so that it fails.
    let chat = r#"{"model":"maxsimd/plain@notes","messages":[{"role":"user","content":"QUESTION"}]}"#;
    let told = slow(&logged(&lines, true, ("POST /v1/chat/completions", chat, 503), EncoderSource::Absent).0);
    assert_eq!(
        (&told["collections"], &told["how"], &told["text"]),
        (&"notes".into(), &"plain".into(), &QUESTION.into())
    );

    // Of a stream, the end is what took the time; its head, which came before, says nothing.
    let ask = r#"{"question":"QUESTION","collections":["notes"],"stream":true}"#;
    let encoder = EncoderSource::Given(Arc::new(Same(Fingerprint("5a".into()))));
    let (text, _) = logged(&lines, true, ("POST /v1/answer", ask, 200), encoder);
    let told = all_slow(&text);
    let ends: Vec<&Value> = told.iter().filter(|told| told["text"] == QUESTION).collect();
    assert_eq!((told.len(), ends.len()), (2, 1), "{text}");
    assert_eq!((&ends[0]["route"], &ends[0]["collections"]), (&"/v1/answer".into(), &"notes".into()));
    assert!(ends[0]["stages"].as_str().is_some_and(|stages| stages.contains("queue")), "{text}");
}
