//! What writing costs: a daemon of its own process with a collection of vectors, searched at a fixed rate (open loop:
//! times count from when a search should have been sent), first idle, then while vectors are upserted without pause and
//! compaction runs. Prints acknowledged upserts a second for several numbers of writers, the time until a document is
//! searchable, and p50 and p99 of the searches with their ratio.
//!
//! `cargo run --release --package maxsimd-server --example writes -- DAEMON [DOCUMENTS] [SECONDS]`, where `DAEMON` is the
//! binary `maxsimd`, built before: building examples turns its fail points on.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use serde_json::{Value, json};

const WIDTH: usize = 128;
const ROWS: usize = 64;
const QUERY_ROWS: usize = 16;
/// Threads that send searches: enough that one that is late does not hold up the next ones.
const SENDERS: u64 = 8;
/// Searches a second by mode, about a third of what the idle daemon can do on two cores.
const RATES: [(&str, u64); 2] = [("late", 50), ("exhaustive", 10)];
/// Idle and busy stretches take turns, so that a noisy machine disturbs both.
const ROUNDS: u64 = 4;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |text| text.parse().expect("a number"));
    let (documents, seconds) = (number(1, 20_000), number(2, 60));
    let data = tempfile::tempdir().expect("a folder");
    let daemon = Daemon::start(arguments.first().expect("the daemon's binary"), data.path());
    daemon.create();
    let start = Instant::now();
    for first in (0..documents).step_by(200) {
        let upserts: Vec<Value> = (first..(first + 200).min(documents)).map(|id| document(id, id)).collect();
        daemon.put(&upserts, "");
    }
    daemon.put(&[document(0, 0)], "?wait=searchable");
    let filled = start.elapsed().as_secs_f64();
    println!(
        "{documents} documents of {ROWS} x {WIDTH} in changes of 200, searchable after {filled:.1} s ({:.0} documents/s)",
        documents as f64 / filled
    );
    std::thread::sleep(Duration::from_secs(10));
    println!("{}", daemon.describe());
    for writers in [1, 4, 16] {
        let (changes, _) = daemon.write_while(writers, || std::thread::sleep(Duration::from_secs(5)));
        println!("{writers:>2} writers: {:.0} changes of one document acknowledged a second", changes as f64 / 5.0);
    }
    let mut waits: Vec<f64> = (0..100)
        .map(|at| {
            let start = Instant::now();
            daemon.put(&[document(1_000_000 + at, at)], "?wait=searchable");
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    waits.sort_by(f64::total_cmp);
    println!("time until searchable: p50 {:.1} ms, p99 {:.1} ms", waits[50], waits[98]);
    for (mode, rate) in RATES {
        let (mut idle, mut busy, mut changes) = (Searches::default(), Searches::default(), 0);
        for _ in 0..ROUNDS {
            idle.add(daemon.searches(mode, rate, seconds / ROUNDS));
            let (more, searches) = daemon.write_while(1, || daemon.searches(mode, rate, seconds / ROUNDS));
            busy.add(searches);
            changes += more;
            // What was written is applied and merged before the next idle stretch.
            std::thread::sleep(Duration::from_secs(3));
        }
        println!(
            "{mode}: {rate} searches/s, idle p50 {:.2} p99 {:.2} ms; under {:.0} changes/s p50 {:.2} p99 {:.2} ms; p99 x {:.2}; {} errors",
            idle.quantile(0.5),
            idle.quantile(0.99),
            changes as f64 / seconds as f64,
            busy.quantile(0.5),
            busy.quantile(0.99),
            busy.quantile(0.99) / idle.quantile(0.99),
            idle.errors + busy.errors,
        );
    }
    println!("{}", daemon.describe());
}

struct Daemon {
    child: Child,
    address: String,
}

/// What searches took, in milliseconds from when they were due.
#[derive(Default)]
struct Searches {
    times: Vec<f64>,
    errors: u64,
}

impl Searches {
    fn add(&mut self, more: Self) {
        self.times.extend(more.times);
        self.times.sort_by(f64::total_cmp);
        self.errors += more.errors;
    }

    fn quantile(&self, share: f64) -> f64 {
        self.times[((self.times.len() - 1) as f64 * share) as usize]
    }
}

impl Daemon {
    fn start(binary: &str, data: &std::path::Path) -> Self {
        let mut child = Command::new(binary)
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0", "--log", "info,request=warn"])
            .arg("--home")
            .arg(data.join("no-models"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let address = lines.find_map(|line| {
            let line = line.expect("UTF-8");
            Some(line.split_once("bound=")?.1.split_whitespace().next()?.to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("http://{}", address.expect("it listens"));
        while agent().get(format!("{address}/readyz")).call().map_or(0, |reply| reply.status().as_u16()) != 200 {
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, address }
    }

    fn create(&self) {
        let body = json!({"name": "bench", "width": WIDTH});
        let reply = agent().post(format!("{}/v1/collections", self.address)).send_json(body).expect("a reply");
        assert_eq!(reply.status(), 201);
    }

    fn put(&self, documents: &[Value], wish: &str) {
        put(&agent(), &self.address, documents, wish);
    }

    fn describe(&self) -> String {
        let mut reply = agent().get(format!("{}/v1/collections/bench", self.address)).call().expect("a reply");
        let body: Value = reply.body_mut().read_json().expect("JSON");
        let keys = ["generation", "documents", "deleted_passages", "segments"];
        let router = !body["router"].is_null();
        format!("{} router {router}", keys.map(|key| format!("{key} {}", body[key])).join(", "))
    }

    /// Upserts one document a change on some threads, until `work` is done.
    fn write_while<T>(&self, writers: u64, work: impl FnOnce() -> T) -> (u64, T) {
        let (ended, changes) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let threads: Vec<_> = (0..writers)
            .map(|writer| {
                let (ended, changes, address) = (Arc::clone(&ended), Arc::clone(&changes), self.address.clone());
                std::thread::spawn(move || {
                    let agent = agent();
                    let mut version = writer;
                    while !ended.load(Ordering::Relaxed) {
                        version += writers;
                        put(&agent, &address, &[document(version % 5000, version)], "");
                        changes.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let before = changes.load(Ordering::Relaxed);
        let done = work();
        let count = changes.load(Ordering::Relaxed) - before;
        ended.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().expect("a writer"));
        (count, done)
    }

    fn searches(&self, mode: &str, rate: u64, seconds: u64) -> Searches {
        let start = Instant::now() + Duration::from_millis(100);
        let threads: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (address, mode) = (self.address.clone(), mode.to_owned());
                std::thread::spawn(move || {
                    let agent = agent();
                    let url = format!("{address}/v1/collections/bench/search");
                    let mut done = Searches::default();
                    for at in (sender..rate * seconds).step_by(SENDERS as usize) {
                        let body =
                            json!({"vectors": vectors(at.wrapping_mul(7919), QUERY_ROWS), "mode": mode, "include": []});
                        let due = start + Duration::from_secs_f64(at as f64 / rate as f64);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let reply = agent.post(&url).send_json(body);
                        let sound = reply
                            .is_ok_and(|mut reply| reply.status() == 200 && reply.body_mut().read_to_string().is_ok());
                        done.errors += u64::from(!sound);
                        done.times.push(due.elapsed().as_secs_f64() * 1e3);
                    }
                    done
                })
            })
            .collect();
        let mut all = Searches::default();
        threads.into_iter().for_each(|thread| all.add(thread.join().expect("a sender")));
        all
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build())
}

fn put(agent: &ureq::Agent, address: &str, documents: &[Value], wish: &str) {
    let url = format!("{address}/v1/collections/bench/documents{wish}");
    loop {
        let mut reply = agent.put(&url).send_json(json!({"documents": documents})).expect("a reply");
        let body = reply.body_mut().read_to_string().expect("a body");
        match reply.status().as_u16() {
            200 | 202 => return,
            // The log is full: what it holds has to be applied first.
            429 => std::thread::sleep(Duration::from_millis(50)),
            status => panic!("{status} {body}"),
        }
    }
}

fn document(id: u64, version: u64) -> Value {
    json!({"id": format!("d{id}"), "text": format!("document {id}, version {version}"), "vectors": vectors(version + 1, ROWS)})
}

/// Seeded unit vectors around some topics, as base64.
fn vectors(seed: u64, rows: usize) -> Value {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = Vec::with_capacity(rows * WIDTH * 2);
    for _ in 0..rows {
        let mut topic = Random(1 + 2 * (random.next() % 500));
        let row: Vec<f32> = (0..WIDTH).map(|_| topic.value() + 0.7 * random.value()).collect();
        let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter().for_each(|value| bytes.extend(f16::from_f32(value / norm).to_le_bytes()));
    }
    json!({"f16": STANDARD.encode(bytes), "shape": [rows, WIDTH]})
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// About normal.
    fn value(&mut self) -> f32 {
        (0..4).map(|_| (self.next() >> 40) as f32 / (1u64 << 24) as f32).sum::<f32>() - 2.0
    }
}
