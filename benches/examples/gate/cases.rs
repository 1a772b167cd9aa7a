//! What is counted: kernels on random values, and searches of a small collection of clustered ones.

use std::hint::black_box;
use std::path::Path;

use anyhow::{Context as _, bail};
use maxsimd_benches::Clusters;
use maxsimd_engine::Context;
use maxsimd_engine::kernels::{Codes, FloatBlock, IntBlock, Linear, Quantized, best};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::seed::Random;

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
/// The collection that is searched.
pub(crate) const CLUSTERS: Clusters = Clusters { documents: 1000, rows: 30, width: WIDTH };
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

fn run_search(mode: Mode, data: &Path, rounds: u64) -> anyhow::Result<()> {
    // The first is not counted: it touches what later ones find in place.
    let found = hits(mode, data, usize::try_from(rounds)? + 1)?;
    found.iter().any(|hits| !hits.is_empty()).then_some(()).context("searches that find nothing say nothing")
}

/// Ids of what searches of the collection find.
pub(crate) fn hits(mode: Mode, data: &Path, searches: usize) -> anyhow::Result<Vec<Vec<String>>> {
    let generation = Clusters::open(data)?;
    let search = |query: maxsimd_engine::Result<_>| {
        let (vectors, text) = query?;
        let request = SearchRequest { texts: vec![text], ..SearchRequest::new(vec![vectors], 10, mode) };
        let hits = generation.search(&Context::unbounded(), &request)?.hits;
        Ok(hits.into_iter().filter_map(|hit| hit.document_id).collect())
    };
    CLUSTERS.queries(TOKENS).take(searches).map(search).collect()
}
