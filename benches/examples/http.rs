//! What HTTP adds to a search, and how many bytes go over the wire, in each form: 32 token vectors of 128 values, 10 hits.
//!
//! ```sh
//! cargo run --release --example http [-- QUERIES]
//! ```
//!
//! A daemon, a process of its own, over connections of loopback that are kept, and the engine in this one are asked the same, a hundred queries at a time and
//! each as often the first, so that all find what their own last search left in the processor's caches. Whoever asks is a socket and nothing
//! else, and looks for its reply all the time: a client that sleeps until it is there wakes up later the deeper its processor sleeps, which
//! the last two rows show, of which one has no daemon at all but a thread that waits for as long as the engine takes.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use maxsimd_benches::Clusters;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, TokenMatrix};
use maxsimd_server::wire::{Form, SearchBody, Values, Vectors, Whole};
use maxsimd_server::{Config, Daemon, EncoderSource, preset_variables};

const CLUSTERS: Clusters = Clusters { documents: 2000, rows: 60, width: 128 };
const TOKENS: usize = 32;
const HITS: usize = 10;
/// Has this program serve a folder.
const SERVE: &str = "--serve";
/// Queries that one party is asked before the next, and those of them that do not count.
const IN_A_ROW: usize = 100;
const WARM_UP: usize = 20;
/// Between two looks for a reply: the other half of the processor's core is to work meanwhile.
const SPINS: usize = 50;
/// Who is asked, beside the engine.
const PARTIES: [Party; 6] = [
    Party { name: "JSON, numbers", polls: true, asks: Asks::Daemon(Form::Json, None) },
    Party { name: "JSON, base64 of f32", polls: true, asks: Asks::Daemon(Form::Json, Some(Values::F32)) },
    Party { name: "JSON, base64 of f16", polls: true, asks: Asks::Daemon(Form::Json, Some(Values::F16)) },
    Party { name: "compact, f32", polls: true, asks: COMPACT },
    Party { name: "compact, f32, by a client that sleeps", polls: false, asks: COMPACT },
    Party { name: "as many bytes and no daemon, by a client that sleeps", polls: false, asks: Asks::Nobody },
];
const COMPACT: Asks = Asks::Daemon(Form::Compact, Some(Values::F32));
/// Bytes of a compact request, and of its reply's body, about.
const BARE: (usize, usize) = (16_537, 1100);

#[derive(Debug, Clone, Copy)]
struct Party {
    name: &'static str,
    /// Looks for its reply all the time.
    polls: bool,
    asks: Asks,
}

#[derive(Debug, Clone, Copy)]
enum Asks {
    Daemon(Form, Option<Values>),
    Nobody,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if let (Some(SERVE), Some(data)) = (first.as_deref(), arguments.next()) {
        return serve(Path::new(&data));
    }
    let queries = first.map_or(Ok(4000), |count| count.parse())?;
    let data = tempfile::tempdir()?;
    CLUSTERS.build(data.path())?;
    let generation = Clusters::open(data.path())?;
    let daemon = Served::start(data.path())?;
    let alone = |vectors: &TokenMatrix| -> anyhow::Result<Measured> {
        let request = SearchRequest::new(vec![vectors.clone()], HITS, Mode::Late);
        let start = Instant::now();
        let hits = generation.search(&Context::unbounded(), &request)?.hits.len();
        let time = start.elapsed();
        ensure!(hits == HITS, "{hits} hits");
        Ok(Measured { time, request: 0, reply: 0 })
    };
    let all: Vec<TokenMatrix> = CLUSTERS
        .queries(TOKENS)
        .take(queries)
        .map(|query| query.map(|(vectors, _)| vectors))
        .collect::<Result<_, _>>()?;
    let first = all.iter().take(IN_A_ROW).map(alone).collect::<anyhow::Result<Vec<_>>>()?;
    let bare = wait_and_reply(middle(&first).time)?;
    let mut connections = Vec::new();
    for Party { polls, asks, .. } in PARTIES {
        connections.push(Connection::open(if let Asks::Nobody = asks { bare } else { daemon.address }, polls)?);
    }
    let mut over = |party: usize, vectors: &TokenMatrix| -> anyhow::Result<Measured> {
        let asked = match PARTIES[party].asks {
            Asks::Daemon(form, values) => asked(form, vectors, values)?,
            Asks::Nobody => vec![0; BARE.0],
        };
        let start = Instant::now();
        let reply = connections[party].send(&asked)?;
        Ok(Measured { time: start.elapsed(), request: asked.len(), reply })
    };
    // The engine, then the others.
    let mut found: Vec<Vec<Measured>> = vec![Vec::new(); 1 + PARTIES.len()];
    for (round, block) in all.chunks(IN_A_ROW).enumerate() {
        for turn in 0..found.len() {
            let party = (round + turn) % found.len();
            for (number, vectors) in block.iter().enumerate() {
                let measured = if party == 0 { alone(vectors)? } else { over(party - 1, vectors)? };
                if number >= WARM_UP {
                    found[party].push(measured);
                }
            }
        }
    }
    let engine = middle(&found[0]).time;
    println!("engine alone: p50 {:.3} ms, of {} searches", ms(engine), found[0].len());
    println!(
        "| form | p50 ms | more than the engine, ms | bytes of a request | bytes of its reply |\n|---|---|---|---|---|"
    );
    for (Party { name, .. }, found) in PARTIES.into_iter().zip(&found[1..]) {
        let Measured { time, request, reply } = middle(found);
        println!("| {name} | {:.3} | {:.3} | {request} | {reply} |", ms(time), ms(time) - ms(engine));
    }
    Ok(())
}

/// Serves a folder until nobody holds the other end of standard input, set up as the daemon's own program is.
fn serve(data: &Path) -> anyhow::Result<()> {
    preset_variables();
    let daemon = Daemon::start(Config::local(data, EncoderSource::Absent))?;
    println!("{}", daemon.address());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(daemon.stop()?)
}

/// This program once more, as a daemon; ends with this.
struct Served {
    address: SocketAddr,
    process: Child,
}

impl Served {
    fn start(data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.arg(SERVE).arg(data).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().context("its output")?).read_line(&mut address)?;
        Ok(Self { address: address.trim().parse()?, process })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nothing is left to be done if it cannot be waited for.
        let _ = self.process.wait();
    }
}

/// One search; bytes with their heads.
#[derive(Debug, Clone, Copy)]
struct Measured {
    time: Duration,
    request: usize,
    reply: usize,
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

/// A thread that reads as many bytes as a request has, waits, and sends as many as a reply has.
fn wait_and_reply(wait: Duration) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", BARE.1).into_bytes();
        reply.resize(reply.len() + BARE.1, 0);
        let mut room = vec![0; BARE.0];
        loop {
            stream.read_exact(&mut room)?;
            let start = Instant::now();
            while start.elapsed() < wait {
                std::hint::spin_loop();
            }
            stream.write_all(&reply)?;
        }
    });
    Ok(address)
}

/// A connection that is kept, and room for replies.
struct Connection(TcpStream, Vec<u8>);

impl Connection {
    fn open(address: SocketAddr, polls: bool) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(polls)?;
        Ok(Self(stream, vec![0; 1 << 20]))
    }

    /// Sends a request, for which a socket has room at once; the bytes of its reply.
    fn send(&mut self, request: &[u8]) -> anyhow::Result<usize> {
        let Self(stream, room) = self;
        stream.write_all(request)?;
        let (mut have, mut whole) = (0, None);
        while whole.is_none_or(|whole| have < whole) {
            let more = match stream.read(room.get_mut(have..).context("a long reply")?) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    (0..SPINS).for_each(|_| std::hint::spin_loop());
                    continue;
                }
                more => more?,
            };
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

fn middle(of: &[Measured]) -> Measured {
    Measured {
        time: median(of, |measured| measured.time),
        request: median(of, |measured| measured.request),
        reply: median(of, |measured| measured.reply),
    }
}

fn median<T: Ord>(of: &[Measured], what: impl Fn(&Measured) -> T) -> T {
    let mut all: Vec<T> = of.iter().map(what).collect();
    all.sort_unstable();
    all.swap_remove(all.len() / 2)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
