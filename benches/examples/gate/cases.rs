//! What is counted: kernels on random values, and searches of a small collection of clustered ones.

use std::hint::black_box;
use std::path::Path;

use anyhow::{Context as _, bail};
use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, EncoderId, Generation, Store};
use maxsimd_engine::kernels::{Codes, FloatBlock, IntBlock, Linear, Quantized, best};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::seed::Random;
use maxsimd_engine::{Context, Document, TokenMatrix};

/// Cases, and rounds of each that are counted.
pub(crate) const CASES: [(&str, u64); 9] = [
    ("kernel codes 2 bits", 20),
    ("kernel codes 4 bits", 20),
    ("kernel f32", 20),
    ("kernel linear", 5),
    ("search bm25", 20),
    ("search exact", 2),
    ("search exhaustive", 5),
    ("search hybrid", 10),
    ("search late", 10),
];

const WIDTH: usize = 128;
const TOKENS: usize = 32;
const ROWS: usize = 120;
const DOCUMENTS: usize = 1000;
const TOPICS: usize = 50;
const NAME: &str = "gate";
/// One in f16.
const ONE: u16 = 0x3c00;
/// Any table will do: what is looked up takes no time of its own.
const LEVELS: [u8; 16] = [118, 125, 131, 138, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200];

/// Runs a case so many times.
pub(crate) fn run(name: &str, data: &Path, rounds: u64) -> anyhow::Result<()> {
    match name.split_once(' ') {
        Some(("kernel", kernel)) => run_kernel(kernel, rounds),
        Some(("search", mode)) => run_search(mode.parse()?, data, rounds),
        _ => bail!("{name}: no such case"),
    }
}

fn run_kernel(name: &str, rounds: u64) -> anyhow::Result<()> {
    let (mut random, kernels) = (Random::new(7), best());
    let bytes: Vec<u8> = (0..ROWS * WIDTH).map(|_| random.bits().to_le_bytes()[0]).collect();
    let levels: Vec<i8> = bytes.iter().map(|&byte| byte.cast_signed().max(-127)).collect();
    let floats: Vec<f32> = levels.iter().map(|&level| f32::from(level) / 127.0).collect();
    let (query, scales) = (&levels[..TOKENS * WIDTH], vec![ONE; ROWS]);
    let ints = IntBlock::new(&query.chunks_exact(WIDTH).collect::<Vec<_>>(), WIDTH);
    let mut most = vec![0.0; ints.lanes()];
    match name {
        "codes 2 bits" | "codes 4 bits" => {
            let bits = if name.contains('2') { 2 } else { 4 };
            let codes = Codes::new(WIDTH, bits, LEVELS, &bytes[..ROWS * WIDTH * usize::from(bits) / 8], &scales);
            (0..rounds).for_each(|_| kernels.row_max_codes(&ints, black_box(&codes), &mut most));
        }
        "f32" => {
            let block = FloatBlock::new(&floats[..TOKENS * WIDTH].chunks_exact(WIDTH).collect::<Vec<_>>(), WIDTH);
            (0..rounds).for_each(|_| kernels.row_max_f32(&block, black_box(&floats), &mut most));
        }
        "linear" => {
            let layer = Linear::new(&levels, WIDTH, &[0.01; ROWS], &[0.0; ROWS]);
            let (mut quantized, mut out) = (Quantized::default(), vec![0.0; ROWS * ROWS]);
            (0..rounds).for_each(|_| kernels.linear(&layer, black_box(&floats), &mut quantized, &mut out));
            black_box(out);
        }
        _ => bail!("{name}: no such kernel"),
    }
    black_box(most);
    Ok(())
}

/// Builds the collection that is searched.
pub(crate) fn prepare(data: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let mut random = Random::new(11);
    let topics: Vec<Vec<f32>> = (0..TOPICS).map(|_| direction(&mut random)).collect();
    let items = (0..DOCUMENTS).map(|number| {
        let topic = random.below(TOPICS);
        let text = format!("Document {number} is about topic{topic} and its neighbour topic{}.", (topic + 1) % TOPICS);
        let document = Document { id: format!("d{number}"), text, ..Document::default() };
        Ok((document, near(&topics[topic], 30, &mut random)?))
    });
    let (store, name) = (Store::open(data)?, CollectionName::parse(NAME)?);
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    let encoder = EncoderId { name: NAME.to_owned(), fingerprint: String::new() };
    build_vectors(&Context::unbounded(), (&store, &name), &options, (encoder, WIDTH), items, &mut |_| ())?;
    Ok(())
}

fn run_search(mode: Mode, data: &Path, rounds: u64) -> anyhow::Result<()> {
    let generation: Generation = Store::open(data)?.open_generation(&CollectionName::parse(NAME)?)?;
    let mut random = Random::new(13);
    let mut found = 0;
    // The first is not counted: it touches what later ones find in place.
    for round in 0..=rounds {
        let query = near(&direction(&mut random), TOKENS, &mut random)?;
        let texts = vec![format!("topic{} and document {round}", random.below(TOPICS))];
        let request = SearchRequest { texts, ..SearchRequest::new(vec![query], 10, mode) };
        found += generation.search(&Context::unbounded(), &request)?.hits.len();
    }
    (found > 0).then_some(()).context("a search that finds nothing says nothing")
}

/// A unit vector.
fn direction(random: &mut Random) -> Vec<f32> {
    unit((0..WIDTH).map(|_| uniform(random)).collect())
}

/// Unit vectors around one.
fn near(centre: &[f32], count: usize, random: &mut Random) -> maxsimd_engine::Result<TokenMatrix> {
    let mut around = || unit(centre.iter().map(|value| value + 0.08 * uniform(random)).collect());
    TokenMatrix::new(WIDTH, (0..count).flat_map(|_| around()).collect())
}

fn unit(values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    values.into_iter().map(|value| value / length).collect()
}

/// From -1 to 1.
fn uniform(random: &mut Random) -> f32 {
    (random.below(2001) as f32 - 1000.0) / 1000.0
}
