//! A server that does what a test says, each connection on a thread of its own, and writes down when it did it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::Value;

/// What becomes of a request.
pub(super) enum Act {
    /// A reply with this status and body, at this moment.
    Reply(Instant, u16, String),
    /// Bytes that are no reply.
    Bytes(&'static [u8]),
    HangUp,
    Silence,
}

/// A query, and when its reply was sent.
pub(super) struct Answered {
    pub(super) query: String,
    pub(super) at: Instant,
}

pub(super) struct Stub {
    pub(super) url: String,
    log: Arc<Mutex<Vec<Answered>>>,
}

impl Stub {
    /// Starts one; what it does depends on the query (or on the path, if there is none) and on when it came.
    pub(super) fn start(act: impl Fn(&str, Instant) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::<Mutex<Vec<Answered>>>::default();
        let (act, kept) = (Arc::new(act), Arc::clone(&log));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (act, log) = (Arc::clone(&act), Arc::clone(&log));
                thread::spawn(move || serve(&stream.unwrap(), &*act, &log));
            }
        });
        Self { url, log: kept }
    }

    /// What was answered until now.
    pub(super) fn answered(&self) -> Vec<Answered> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

fn serve(stream: &TcpStream, act: &dyn Fn(&str, Instant) -> Act, log: &Mutex<Vec<Answered>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let query = request(&mut reader)?;
        match act(&query, Instant::now()) {
            Act::Reply(at, status, body) => {
                thread::sleep(at.saturating_duration_since(Instant::now()));
                let written = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                log.lock().unwrap().push(Answered { query, at: Instant::now() });
                (&mut &*stream).write_all(written.as_bytes()).ok()?;
            }
            Act::Bytes(bytes) => (&mut &*stream).write_all(bytes).ok()?,
            Act::HangUp => return None,
            Act::Silence => (),
        }
    }
}

/// The query of the next request, or its path; none once the client has gone.
fn request(reader: &mut impl BufRead) -> Option<String> {
    let (mut path, mut length) = (String::new(), 0);
    for line in reader.by_ref().lines() {
        let line = line.ok()?;
        match line.split_once([' ', ':']) {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok()?,
            Some((_, rest)) if path.is_empty() => path = rest.split(' ').next()?.to_owned(),
            Some(_) => (),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok().filter(|()| !path.is_empty())?;
    let query = serde_json::from_slice::<Value>(&body).ok().and_then(|body| Some(body["query"].as_str()?.to_owned()));
    query.or(Some(path))
}
