//! The `maxsim` program as the tests run it, and synthetic token vectors to build from.

#![allow(clippy::allow_attributes, dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part")]

mod models;

use std::path::Path;
use std::process::{Command, Stdio};

use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::{Document, TextFormat, TokenMatrix};
use maxsimd_server::home::Home;
use maxsimd_tools::vectors::VectorsWriter;
use serde_json::Value;

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The one JSON object that a successful command printed, and nothing else.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        assert_eq!(self.out.lines().count(), 1, "{}", self.out);
        let value: Value = serde_json::from_str(&self.out).unwrap();
        assert!(value.is_object());
        value
    }
}

/// The program, without the settings of whoever runs the tests but for the asset folder.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maxsim"));
    command
        .env_remove("MAXSIMD_DATA")
        .env_remove("MAXSIMD_MODEL")
        .env_remove("MAXSIMD_LOG")
        .env_remove("MAXSIMD_SHADOW")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `maxsim` with these arguments.
pub fn maxsim(arguments: &[&str]) -> Ran {
    run(program().args(arguments))
}

/// The asset folder with everything pulled.
pub fn home() -> &'static Home {
    models::home()
}

/// A file or folder of the fixtures.
pub fn fixtures(path: &str) -> String {
    path_text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(path))
}

pub fn path_text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Asks the daemon itself, whatever proxy the environment names.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().proxy(None).build().into()
}

/// Shape of synthetic token vectors.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub seed: u64,
    pub passages: usize,
    /// Token vectors of each passage.
    pub rows: usize,
    pub width: usize,
}

/// Token vectors that lie around some topics, so that neighbours are worth looking for.
pub fn token_vectors(shape: Shape, passage: usize) -> TokenMatrix {
    let mut noise = Noise((shape.seed << 32) | (passage as u64 + 1));
    let mut values = Vec::with_capacity(shape.rows * shape.width);
    for _ in 0..shape.rows {
        let mut topic = Noise((1 << 60) | (noise.next() % 500 + 1));
        let vector: Vec<f32> = (0..shape.width).map(|_| topic.centred() + 0.7 * noise.centred()).collect();
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.extend(vector.iter().map(|value| value / length));
    }
    TokenMatrix::new(shape.width, values).unwrap()
}

/// Writes what `maxsim encode` would, with synthetic token vectors.
pub fn write_vectors(folder: &Path, shape: Shape) {
    let encoder = EncoderId { name: "synthetic".to_owned(), fingerprint: String::new() };
    let mut writer = VectorsWriter::create(folder, &encoder, shape.width).unwrap();
    for passage in 0..shape.passages {
        let id = format!("doc-{}-{passage}", shape.seed);
        let text = format!("Passage {passage} of seed {}.", shape.seed);
        let metadata = serde_json::Map::new();
        let document = Document { id: id.clone(), title: String::new(), text, format: TextFormat::Plain, metadata };
        writer.push(id, ("", &document.text), &document, &token_vectors(shape, passage)).unwrap();
    }
    writer.finish().unwrap();
}

/// A seeded stream of numbers (SplitMix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From -1 to 1.
    fn centred(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}
