//! What HTTP adds to a search, and how many bytes go over the wire, in each form: 32 token vectors of 128 values, 10 hits.
//!
//! ```sh
//! cargo run --release --example http [-- QUERIES]
//! ```
//!
//! A daemon of this process, over a connection of loopback that is kept, and the engine without it are asked the same in turn. Whoever
//! asks is a socket and nothing else, so that no client's work counts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use maxsimd_benches::Clusters;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, TokenMatrix};
use maxsimd_server::wire::{Form, SearchBody, Values, Vectors, Whole};
use maxsimd_server::{Config, Daemon, EncoderSource};

const CLUSTERS: Clusters = Clusters { documents: 2000, rows: 60, width: 128 };
const TOKENS: usize = 32;
const HITS: usize = 10;
/// Searches that do not count.
const WARM_UP: usize = 100;
/// What a request is written as.
const FORMS: [(&str, Form, Option<Values>); 4] = [
    ("JSON, numbers", Form::Json, None),
    ("JSON, base64 of f32", Form::Json, Some(Values::F32)),
    ("JSON, base64 of f16", Form::Json, Some(Values::F16)),
    ("compact, f32", Form::Compact, Some(Values::F32)),
];

fn main() -> anyhow::Result<()> {
    let queries = std::env::args().nth(1).map_or(Ok(2000), |count| count.parse())?;
    let data = tempfile::tempdir()?;
    CLUSTERS.build(data.path())?;
    let generation = Clusters::open(data.path())?;
    let daemon = Daemon::start(Config::local(data.path(), EncoderSource::Absent))?;
    let mut connections = Vec::new();
    for _ in FORMS {
        connections.push(Connection::open(daemon.address())?);
    }
    let mut engine = Vec::new();
    let mut all = FORMS.map(|_| Measured::default());
    for (number, query) in CLUSTERS.queries(TOKENS).take(WARM_UP + queries).enumerate() {
        let vectors = query?.0;
        let request = SearchRequest::new(vec![vectors.clone()], HITS, Mode::Late);
        // Whoever comes first finds less of it in the processor's caches: that does not count for any.
        generation.search(&Context::unbounded(), &request)?;
        let start = Instant::now();
        let hits = generation.search(&Context::unbounded(), &request)?.hits.len();
        let alone = start.elapsed();
        ensure!(hits == HITS, "{hits} hits");
        for (((_, form, values), connection), measured) in FORMS.into_iter().zip(&mut connections).zip(&mut all) {
            let asked = asked(form, &vectors, values)?;
            let start = Instant::now();
            let replied = connection.send(&asked)?;
            measured.note(number, (start.elapsed(), alone), (asked.len(), replied));
        }
        if number >= WARM_UP {
            engine.push(alone);
        }
    }
    println!("engine alone: p50 {:.3} ms, of {queries} searches", ms(median(&mut engine)));
    println!(
        "| form | p50 ms | p50 of what it adds, ms | bytes of a request | bytes of its reply |\n|---|---|---|---|---|"
    );
    for ((name, ..), mut measured) in FORMS.into_iter().zip(all) {
        let (whole, added) = (ms(median(&mut measured.whole)), median(&mut measured.added) as f64 / 1e6);
        let [request, reply] = [&mut measured.request, &mut measured.reply].map(|bytes| median(bytes));
        println!("| {name} | {whole:.3} | {added:.3} | {request} | {reply} |");
    }
    Ok(())
}

#[derive(Default)]
struct Measured {
    whole: Vec<Duration>,
    /// Nanoseconds more than the engine alone took for the same query.
    added: Vec<i128>,
    request: Vec<usize>,
    reply: Vec<usize>,
}

impl Measured {
    fn note(&mut self, number: usize, (whole, alone): (Duration, Duration), (request, reply): (usize, usize)) {
        if number >= WARM_UP {
            self.whole.push(whole);
            self.added.push(whole.as_nanos().cast_signed() - alone.as_nanos().cast_signed());
            self.request.push(request);
            self.reply.push(reply);
        }
    }
}

/// All bytes of a request.
fn asked(form: Form, vectors: &TokenMatrix, values: Option<Values>) -> anyhow::Result<Vec<u8>> {
    let vectors = values.map_or_else(|| Vectors::nested(vectors), |values| Vectors::bytes(vectors, values));
    let body = SearchBody { vectors: Some(vectors), k: Some(Whole(HITS as u64)), ..SearchBody::default() };
    let Ok(body) = form.write(&body) else { bail!("the request cannot be written") };
    let head = format!(
        "POST /v1/collections/clusters/search HTTP/1.1\r\nhost: localhost\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
        form.media_type(),
        body.len()
    );
    Ok([head.as_bytes(), &body].concat())
}

/// A connection that is kept.
struct Connection(TcpStream, Vec<u8>);

impl Connection {
    fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(stream, vec![0; 1 << 20]))
    }

    /// Sends a request; the bytes of its reply.
    fn send(&mut self, request: &[u8]) -> anyhow::Result<usize> {
        let Self(stream, room) = self;
        stream.write_all(request)?;
        let (mut have, mut whole) = (0, None);
        while whole.is_none_or(|whole| have < whole) {
            let more = stream.read(room.get_mut(have..).context("a long reply")?)?;
            ensure!(more > 0, "the daemon hung up");
            have += more;
            whole = whole.or_else(|| length(&room[..have]));
        }
        ensure!(room.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&room[..have]));
        Ok(have)
    }
}

/// Bytes of a reply, once its head is there.
fn length(reply: &[u8]) -> Option<usize> {
    let head = reply.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = str::from_utf8(&reply[..head]).ok()?;
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
    Some(head + body)
}

fn median<T: Ord + Copy>(all: &mut [T]) -> T {
    all.sort_unstable();
    all[all.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
