//! Collections of seeded vectors, built by the engine, and a daemon over them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::{Context, Document, TextFormat, TokenMatrix};
use maxsimd_server::{Config, Daemon, EncoderSource};
use tempfile::TempDir;

use crate::client::get;
use crate::encoder::GatedEncoder;

pub(crate) const WIDTH: usize = 32;
pub(crate) const PASSAGES: usize = 60;

/// How much is published, and whether it gets a router.
#[derive(Clone, Copy)]
struct Shape {
    passages: usize,
    router_from: u64,
}

const SMALL: Shape = Shape { passages: PASSAGES, router_from: u64::MAX };
/// Enough passages that a search for a few of them prunes.
pub(crate) const ROUTED_PASSAGES: usize = 600;
const ROUTED: Shape = Shape { passages: ROUTED_PASSAGES, router_from: 1 };

/// Unit vectors that depend on the text alone.
pub(crate) fn vectors(text: &str, rows: usize) -> TokenMatrix {
    let mut state =
        text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f32::from(i16::try_from((state >> 48) & 0x7fff).expect("15 bits")) / 16384.0 - 1.0
    };
    let mut values: Vec<f32> = (0..rows * WIDTH).map(|_| next()).collect();
    for row in values.chunks_exact_mut(WIDTH) {
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        row.iter_mut().for_each(|v| *v /= norm);
    }
    TokenMatrix::new(WIDTH, values).expect("finite rows")
}

/// Publishes the next generation of a collection; its texts and metadata carry a tag.
pub(crate) fn publish(data: &Path, name: &str, tag: &str) {
    publish_texts((data, name), tag, ("seeded", "5eed"), SMALL, |number| format!("passage {number} of {tag}"));
}

/// The same with more passages and a router.
pub(crate) fn publish_routed(data: &Path, name: &str, tag: &str) {
    publish_texts((data, name), tag, ("seeded", "5eed"), ROUTED, |number| format!("passage {number} of {tag}"));
}

/// The same with texts of a length in bytes.
pub(crate) fn publish_long(data: &Path, name: &str, bytes: usize) {
    let text = |number| format!("{number} {}", "x".repeat(bytes));
    publish_texts((data, name), "long", ("seeded", "5eed"), SMALL, text);
}

/// The same with vectors that are said to be another encoder's.
pub(crate) fn publish_encoded_by(data: &Path, name: &str, tag: &str, encoder: (&str, &str)) {
    publish_texts((data, name), tag, encoder, SMALL, |number| format!("passage {number} of {tag}"));
}

fn publish_texts(
    (data, name): (&Path, &str),
    tag: &str,
    encoder: (&str, &str),
    shape: Shape,
    text: impl Fn(usize) -> String,
) {
    let store = Store::open(data).expect("a folder");
    let name = CollectionName::parse(name).expect("a name");
    let router_from = shape.router_from;
    let options = BuildOptions { plan: tag.to_owned(), bits: 4, router_from, ..BuildOptions::default() };
    let items = (0..shape.passages).map(|number| {
        let text = text(number);
        let metadata = serde_json::json!({ "tag": tag, "number": number });
        let document = Document {
            id: format!("d{number}"),
            title: format!("Document {number}"),
            format: TextFormat::Plain,
            metadata: metadata.as_object().cloned().expect("an object"),
            text,
        };
        let vectors = vectors(&document.text, 8);
        Ok((document, vectors))
    });
    let encoder = (EncoderId { name: encoder.0.to_owned(), fingerprint: encoder.1.to_owned() }, WIDTH);
    build_vectors(&Context::unbounded(), (&store, &name), &options, encoder, items, &mut |_| ()).expect("built");
}

/// A running daemon with its data folder and its encoder.
pub(crate) struct Running {
    pub(crate) data: TempDir,
    pub(crate) encoder: Arc<GatedEncoder>,
    pub(crate) daemon: Daemon,
    pub(crate) address: SocketAddr,
}

/// Starts a daemon over a collection `docs` and waits until it is ready.
pub(crate) fn start(adjust: impl FnOnce(&mut Config)) -> Running {
    let running = start_over(|data| publish(data, "docs", "first"), adjust);
    wait_until(|| get(running.address, "/readyz").status == 200);
    running
}

/// The same over a collection `docs` that is large enough to be pruned.
pub(crate) fn start_routed(adjust: impl FnOnce(&mut Config)) -> Running {
    let running = start_over(|data| publish_routed(data, "docs", "first"), adjust);
    wait_until(|| get(running.address, "/readyz").status == 200);
    running
}

/// Starts a daemon over whatever is published, and does not wait.
pub(crate) fn start_over(publish: impl FnOnce(&Path), adjust: impl FnOnce(&mut Config)) -> Running {
    let data = tempfile::tempdir().expect("a folder");
    publish(data.path());
    let encoder = Arc::new(GatedEncoder::new());
    let mut config = Config::local(data.path(), EncoderSource::Given(encoder.clone()));
    config.limits.watch_every = Duration::from_millis(5);
    adjust(&mut config);
    let daemon = Daemon::start(config).expect("started");
    let address = daemon.address();
    Running { data, encoder, daemon, address }
}

/// Polls until something holds; a test that waits for ever is ended by whoever runs it.
pub(crate) fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::sleep(Duration::from_millis(2));
    }
}
