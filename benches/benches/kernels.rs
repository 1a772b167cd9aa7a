//! MaxSim of one query of 32 tokens against passages of 120 token vectors, one thread.
//!
//! What is measured: million token vectors a second, per kernel set and kind of code, at widths 128 and 384.
//! On what: random vectors, 2,000 passages, so that codes come from memory and not from the first-level cache.
//! Against what: simsimd, one pair of vectors at a time, f32 and int8.

use std::hint::black_box;

use maxsimd_benches::median_seconds;
use maxsimd_engine::TokenMatrix;
use maxsimd_engine::codes::{CodedQuery, Coder};
use maxsimd_engine::kernels::{self, FloatBlock, Kernels, RowMax, row_max_f32};
use simsimd::SpatialSimilarity;

const QUERY: usize = 32;
const PASSAGE: usize = 120;
const PASSAGES: usize = 2000;

fn main() {
    for width in [128, 384] {
        let data = Data::new(width);
        println!("\n{QUERY} x {width} query, {PASSAGES} passages of {PASSAGE} token vectors, one thread");
        println!("{:<34}{:>14}{:>12}", "kernel", "Mvectors/s", "x simsimd");
        let int8 = data.report("simsimd int8, pair by pair", data.simsimd_i8(), None);
        let float = data.report("simsimd f32, pair by pair", data.simsimd_f32(), None);
        for kernels in kernels::available() {
            // Plain Rust has no fused multiply-add on every target and would take minutes: it is a reference, not a rival.
            if kernels.name() != "scalar" {
                data.report(&format!("{} f32", kernels.name()), data.float(kernels), Some(float));
            }
            for bits in [8, 4, 3, 2, 1] {
                let name = format!("{} {bits}-bit codes", kernels.name());
                data.report(&name, data.codes(kernels, bits), Some(int8));
            }
        }
    }
}

struct Data {
    width: usize,
    query: TokenMatrix,
    vectors: Vec<f32>,
}

impl Data {
    fn new(width: usize) -> Self {
        let mut state = 1u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        let mut values = |n: usize| (0..n).map(|_| random()).collect::<Vec<f32>>();
        let query = TokenMatrix::new(width, values(QUERY * width)).expect("finite values");
        Self { width, query, vectors: values(PASSAGES * PASSAGE * width) }
    }

    fn report(&self, name: &str, seconds: f64, baseline: Option<f64>) -> f64 {
        let rate = (PASSAGES * PASSAGE) as f64 / seconds / 1e6;
        match baseline {
            Some(baseline) => println!("{name:<34}{rate:>14.2}{:>12.1}", rate / baseline),
            None => println!("{name:<34}{rate:>14.2}"),
        }
        rate
    }

    fn codes(&self, kernels: Kernels, bits: u8) -> f64 {
        let coder = Coder::new(self.width, bits, 0).expect("a width that codes have");
        let (mut codes, mut scales) = (Vec::new(), Vec::new());
        for row in self.vectors.chunks_exact(self.width) {
            scales.push(coder.encode(row, &mut codes).expect("no zero vector").to_bits());
        }
        let mut query = CodedQuery::new(&coder, kernels, &self.query).expect("the coder's width");
        median_seconds(|| {
            let passages = codes.chunks_exact(PASSAGE * coder.code_bytes()).zip(scales.chunks_exact(PASSAGE));
            passages.for_each(|(codes, scales)| {
                black_box(query.score(codes, scales));
            });
        })
    }

    fn float(&self, kernels: Kernels) -> f64 {
        let rows: Vec<&[f32]> = self.query.iter_rows().collect();
        let block = FloatBlock::new(&rows, self.width);
        let mut max = RowMax::new(block.lanes());
        median_seconds(|| {
            for passage in self.vectors.chunks_exact(PASSAGE * self.width) {
                max.reset();
                row_max_f32(kernels, &block, passage, &mut max);
                black_box(max.best());
            }
        })
    }

    fn simsimd_f32(&self) -> f64 {
        median_seconds(|| {
            black_box(pairs(self.query.values(), &self.vectors[..self.vectors.len() / 10], self.width, f32::dot));
        }) * 10.0
    }

    fn simsimd_i8(&self) -> f64 {
        let bytes = |values: &[f32]| values.iter().map(|v| (v * 127.0) as i8).collect::<Vec<i8>>();
        let (query, vectors) = (bytes(self.query.values()), bytes(&self.vectors[..self.vectors.len() / 10]));
        median_seconds(|| {
            black_box(pairs(&query, &vectors, self.width, i8::dot));
        }) * 10.0
    }
}

/// MaxSim by single dot products.
fn pairs<T>(query: &[T], vectors: &[T], width: usize, dot: impl Fn(&[T], &[T]) -> Option<f64>) -> f64 {
    let passages = vectors.chunks_exact(PASSAGE * width);
    let score = |passage: &[T]| {
        let best = |token: &[T]| {
            passage.chunks_exact(width).filter_map(|row| dot(token, row)).fold(f64::NEG_INFINITY, f64::max)
        };
        query.chunks_exact(width).map(best).sum::<f64>()
    };
    passages.map(score).sum()
}
