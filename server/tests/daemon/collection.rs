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
    publish_texts(data, name, tag, ("seeded", "5eed"), |number| format!("passage {number} of {tag}"));
}

/// The same with texts of a length in bytes.
pub(crate) fn publish_long(data: &Path, name: &str, bytes: usize) {
    publish_texts(data, name, "long", ("seeded", "5eed"), |number| format!("{number} {}", "x".repeat(bytes)));
}

/// The same with vectors that are said to be another encoder's.
pub(crate) fn publish_encoded_by(data: &Path, name: &str, tag: &str, encoder: (&str, &str)) {
    publish_texts(data, name, tag, encoder, |number| format!("passage {number} of {tag}"));
}

fn publish_texts(data: &Path, name: &str, tag: &str, encoder: (&str, &str), text: impl Fn(usize) -> String) {
    let store = Store::open(data).expect("a folder");
    let name = CollectionName::parse(name).expect("a name");
    let options = BuildOptions { plan: tag.to_owned(), bits: 4, ..BuildOptions::default() };
    let items = (0..PASSAGES).map(|number| {
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
    let data = tempfile::tempdir().expect("a folder");
    publish(data.path(), "docs", "first");
    let encoder = Arc::new(GatedEncoder::new());
    let mut config = Config::local(data.path(), EncoderSource::Given(encoder.clone()));
    config.limits.watch_every = Duration::from_millis(5);
    adjust(&mut config);
    let daemon = Daemon::start(config).expect("started");
    let address = daemon.address();
    wait_until(|| get(address, "/readyz").status == 200);
    Running { data, encoder, daemon, address }
}

/// Polls until something holds; a test that waits for ever is ended by whoever runs it.
pub(crate) fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::sleep(Duration::from_millis(2));
    }
}
