//! Converts a checkpoint into a model folder, and compares what came out with the f32 graph of the same checkpoint.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use maxsimd_engine::encode::{self, Encoder, OnnxEncoder, Precision, Runtime};
use maxsimd_engine::{Context, TokenMatrix};
use serde::Serialize;

/// What is encoded to compare: short and long, plain and awkward.
const TEXTS: [&str; 6] = [
    "late interaction",
    "How are token vectors compressed to two bits without losing the order of the hits?",
    "A write-ahead log makes acknowledged writes survive a crash: append, sync, then apply. What was not acknowledged \
     may be lost, what was may not; a checksum tells a torn record from a whole one, and replaying it twice does no harm.",
    "The recipe asks for 2 eggs, 250 g of flour, a pinch of salt, and forty minutes at 180 °C.",
    "fn main() { println!(\"{}\", (1..=10).map(|n| n * n).sum::<u32>()); }",
    "Zürich, São Paulo, 東京, Αθήνα: four cities; e = mc²; naïve café — 50 % off!",
];

/// What was made, and how near it is to f32.
#[derive(Debug, Serialize)]
pub struct Converted {
    /// Short name of the encoder.
    pub name: String,
    /// `f32` or `int8`.
    pub precision: &'static str,
    /// Values per token vector.
    pub width: usize,
    /// Size of `model.onnx`.
    pub bytes: u64,
    /// Identity that collections store.
    pub fingerprint: String,
    /// Mean over token vectors of the cosine with what the f32 graph gives.
    pub mean_cosine: f64,
    /// The smallest of them.
    pub worst_cosine: f64,
}

impl fmt::Display for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, precision, width, mean_cosine, worst_cosine, .. } = self;
        writeln!(f, "{name}: {precision}, {width} values per token, {:.1} MB", self.bytes as f64 / 1e6)?;
        write!(f, "cosine with f32: {mean_cosine:.4} on average, {worst_cosine:.4} at worst")
    }
}

/// Writes `encoder.json`, `model.onnx` and `tokenizer.json` of a checkpoint into a folder, which may be its own.
pub fn convert(runtime: &Runtime, checkpoint: &Path, out: &Path, precision: Precision) -> anyhow::Result<Converted> {
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let bytes = write(checkpoint, out, precision)?;
    let converted = OnnxEncoder::open(runtime, out, 1)?;
    let scratch = tempfile::tempdir()?;
    write(checkpoint, scratch.path(), Precision::F32)?;
    let reference = OnnxEncoder::open(runtime, scratch.path(), 1)?;
    let cosines = cosines(&vectors(&reference)?, &vectors(&converted)?);
    Ok(Converted {
        name: converted.name().to_owned(),
        precision: precision.name(),
        width: converted.width(),
        bytes,
        fingerprint: converted.fingerprint().0.clone(),
        mean_cosine: cosines.iter().sum::<f64>() / cosines.len() as f64,
        worst_cosine: cosines.iter().copied().fold(1.0, f64::min),
    })
}

fn write(checkpoint: &Path, out: &Path, precision: Precision) -> anyhow::Result<u64> {
    let (settings, graph) = encode::convert(checkpoint, precision)?;
    let place = |name: &str, content: &[u8]| {
        let (path, fresh) = (out.join(name), out.join(format!("{name}.new")));
        fs::write(&fresh, content).and_then(|()| fs::rename(&fresh, &path)).with_context(|| path.display().to_string())
    };
    let vocabulary = checkpoint.join("tokenizer.json");
    place("tokenizer.json", &fs::read(&vocabulary).with_context(|| vocabulary.display().to_string())?)?;
    place("model.onnx", &graph)?;
    // Last: a folder with settings is whole.
    place("encoder.json", &serde_json::to_vec_pretty(&settings)?)?;
    Ok(graph.len() as u64)
}

fn vectors(encoder: &OnnxEncoder) -> anyhow::Result<Vec<TokenMatrix>> {
    let encoded = encoder.encode_passages(&Context::unbounded(), &TEXTS)?;
    Ok(encoded.into_iter().map(|text| text.vectors).collect())
}

/// Cosine of each token vector with its counterpart.
fn cosines(reference: &[TokenMatrix], converted: &[TokenMatrix]) -> Vec<f64> {
    let rows = reference.iter().zip(converted).flat_map(|(a, b)| a.iter_rows().zip(b.iter_rows()));
    rows.map(|(a, b)| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    })
    .collect()
}
