//! Synthetic collections for the tests: seeded topics with noise, like token vectors of real text.

#![allow(clippy::allow_attributes, dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part")]

pub mod failing;
pub mod live;
pub mod medium;
pub mod power;
pub mod recovered;
pub mod script;
pub mod words;

use std::path::Path;

use maxsimd_engine::build::{BuildOptions, BuildReport, build_vectors};
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::{Context, Document, Result, TextFormat, TokenMatrix};

/// A seeded stream of roughly normal numbers.
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn gaussian(&mut self) -> f32 {
        (0..12).map(|_| (self.next() >> 40) as f32 / (1u64 << 24) as f32).sum::<f32>() - 6.0
    }
}

/// Token vectors around some topics of a fixed set.
pub fn vectors(noise: &mut Noise, width: usize, rows: usize, spread: f32) -> TokenMatrix {
    let mut values = Vec::with_capacity(rows * width);
    for _ in 0..rows {
        let mut topic = Noise::new(1_000_000 + noise.below(200) as u64);
        let row: Vec<f32> = (0..width).map(|_| topic.gaussian() + spread * noise.gaussian()).collect();
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        values.extend(row.iter().map(|v| v / norm));
    }
    TokenMatrix::new(width, values).unwrap()
}

/// Documents with one passage each.
pub fn items(seed: u64, count: usize, width: usize, rows: usize) -> Vec<(Document, TokenMatrix)> {
    let mut noise = Noise::new(seed);
    let item = |n: usize| {
        let document = Document {
            id: format!("doc-{n}"),
            title: format!("Title {n}"),
            text: format!("Text of document {n}, seed {seed}."),
            format: TextFormat::Plain,
            metadata: serde_json::from_str(&format!(r#"{{"n":{n}}}"#)).unwrap(),
        };
        let rows = 1 + noise.below(2 * rows);
        (document, vectors(&mut noise, width, rows, 0.7))
    };
    (0..count).map(item).collect()
}

pub fn name() -> CollectionName {
    CollectionName::parse("synthetic").unwrap()
}

pub fn encoder() -> EncoderId {
    EncoderId { name: "synthetic".to_owned(), fingerprint: String::new() }
}

/// Builds and publishes a collection.
pub fn build(root: &Path, items: &[(Document, TokenMatrix)], options: &BuildOptions) -> Result<BuildReport> {
    let store = Store::open(root)?;
    let width = items[0].1.width();
    let items = items.iter().cloned().map(Ok);
    let context = Context::unbounded();
    build_vectors(&context, (&store, &name()), options, (encoder(), width), items, &mut |_| ())
}
