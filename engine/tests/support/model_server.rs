//! A model server, or any other, of a test: speaks HTTP to whoever asks, and then does what the test wants it to.

#![allow(clippy::allow_attributes, dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

/// What the server does with a connection whose request it has read: its number, and the request's body.
type Behaviour = dyn Fn(usize, &Value, &mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// A server with a thread for each connection.
pub struct Server {
    pub url: String,
    pub address: SocketAddr,
    pub requests: Arc<Mutex<Vec<(String, Value)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(
        behaviour: impl Fn(usize, &Value, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, requests) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (stopped, seen, count) = (Arc::clone(&stop), Arc::clone(&requests), AtomicUsize::new(0));
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (behaviour, seen) = (Arc::clone(&behaviour), Arc::clone(&seen));
                let number = count.fetch_add(1, Ordering::Relaxed);
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some((head, body)) = request(&stream) else { return };
                    seen.lock().unwrap().push((head, body.clone()));
                    // Clients that hang up are part of it.
                    let _ = behaviour(number, &body, &mut stream);
                });
            }
        });
        Self { url: format!("http://{address}/v1"), address, requests, stop, thread: Some(thread) }
    }

    pub fn asked(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn request(stream: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // None at all comes with GET.
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).ok()? };
    Some((head, body))
}

pub fn head(stream: &mut TcpStream, status: &str, kind: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n")
}

pub fn stream_of(stream: &mut TcpStream, pieces: &[&str], end: &str) -> std::io::Result<()> {
    head(stream, "200 OK", "text/event-stream")?;
    for piece in pieces {
        let event = json!({"choices": [{"index": 0, "delta": {"content": piece}}]});
        write!(stream, "data: {event}\n\n")?;
        stream.flush()?;
    }
    stream.write_all(end.as_bytes())
}

pub fn json_of(stream: &mut TcpStream, status: &str, body: &Value) -> std::io::Result<()> {
    head(stream, status, "application/json")?;
    write!(stream, "{body}")
}

/// The end of a stream.
pub const DONE: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\
                    \"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
