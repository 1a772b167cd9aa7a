//! `compare kernels`: MaxSim of one query of 32 tokens against passages of 120 token vectors, one thread.
//!
//! Our kernels, simsimd pair by pair, and maxsim-cpu, in turn over the same values.

use std::hint::black_box;

use anyhow::ensure;
use maxsimd_engine::TokenMatrix;
use maxsimd_engine::codes::{CodedQuery, Coder};
use maxsimd_engine::kernels::{self, FloatBlock, IntBlock};
use serde::Serialize;
use simsimd::SpatialSimilarity;

use crate::clock::thread_seconds;
use crate::maxsim_cpu::MaxsimCpu;
use crate::npy::MatrixWriter;
use crate::stats::median;
use crate::table::Report;

const QUERY: usize = 32;
const PASSAGE: usize = 120;

/// Kernels against maxsim-cpu and simsimd's pair loop, one thread
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Python that has numpy and maxsim-cpu
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: String,
    /// Values per vector
    #[arg(long, value_name = "N", default_value_t = 128)]
    width: usize,
    /// Passages: 8 stay in the second-level cache, 4000 in none
    #[arg(long, value_name = "N", num_args = 1.., default_values_t = [8, 4000])]
    passages: Vec<usize>,
    /// Token vectors of one measurement, about
    #[arg(long, value_name = "N", default_value_t = 480_000)]
    least: usize,
    /// Measurements of each kernel, in turn
    #[arg(long, value_name = "N", default_value_t = 11)]
    rounds: usize,
}

/// One kernel's token vectors a second over a number of passages.
#[derive(Debug, Serialize)]
struct Rate {
    kernel: String,
    passages: usize,
    token_vectors_per_second: f64,
}

/// Scores all passages so many times; seconds on a processor.
type Kernel<'a> = Box<dyn FnMut(usize) -> anyhow::Result<f64> + 'a>;

/// Measures every kernel in turn, for each number of passages.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let mut rates = Vec::new();
    for &passages in &args.passages {
        rates.extend(measure(args, passages)?);
    }
    let title = format!(
        "MaxSim kernels, {QUERY} x {} query, passages of {PASSAGE} token vectors, one thread, median of {}",
        args.width, args.rounds
    );
    let columns = ["passages", "kernel", "million token vectors/s", "x simsimd i8", "x maxsim-cpu"];
    let mut report = Report::new(title, &columns, &rates)?;
    for rate in &rates {
        let times = |name| rate.token_vectors_per_second / fastest(&rates, rate.passages, name);
        report.row([
            rate.passages.to_string(),
            rate.kernel.clone(),
            format!("{:.2}", rate.token_vectors_per_second / 1e6),
            format!("{:.1}", times("simsimd i8")),
            format!("{:.1}", times("maxsim-cpu")),
        ]);
    }
    report
        .note("Rates are by processor time of the one thread. x maxsim-cpu: against the faster of its two functions.");
    Ok(report)
}

/// Rate of the fastest kernel of a name.
fn fastest(rates: &[Rate], passages: usize, name: &str) -> f64 {
    let of = rates.iter().filter(|rate| rate.passages == passages && rate.kernel.starts_with(name));
    of.map(|rate| rate.token_vectors_per_second).fold(0.0, f64::max)
}

fn measure(args: &Args, passages: usize) -> anyhow::Result<Vec<Rate>> {
    let values = Values::new(args.width, passages);
    let folder = tempfile::tempdir()?;
    let (query, vectors) = (folder.path().join("query.npy"), folder.path().join("vectors.npy"));
    for (path, values) in [(&query, &values.query), (&vectors, &values.vectors)] {
        let mut file = MatrixWriter::create(path, values.len() / args.width, args.width)?;
        file.append(values)?;
        file.finish()?;
    }
    let process = MaxsimCpu::start(&args.python, &query, &vectors, PASSAGE)?;
    let (mine, theirs) = (values.total(), process.total);
    ensure!((mine - theirs).abs() <= 1e-4 * mine.abs(), "maxsim-cpu's scores sum to {theirs}, ours to {mine}");

    let process = std::cell::RefCell::new(process);
    let mut kernels: Vec<(String, Kernel)> = Vec::new();
    for scorer in ["uniform", "variable"] {
        let run = |times| process.borrow_mut().run(scorer, times);
        kernels.push((format!("maxsim-cpu f32, {scorer}"), Box::new(run)));
    }
    kernels.extend(values.kernels()?);
    let times = args.least.div_ceil(passages * PASSAGE).max(1);
    let mut seconds = vec![Vec::new(); kernels.len()];
    for round in 0..=args.rounds {
        for ((_, kernel), seconds) in kernels.iter_mut().zip(&mut seconds) {
            let spent = kernel(times)?;
            // The first round warms up.
            if round > 0 {
                seconds.push(spent);
            }
        }
    }
    let rate = |((kernel, _), seconds): (&(String, Kernel), &Vec<f64>)| Rate {
        kernel: kernel.clone(),
        passages,
        token_vectors_per_second: (passages * PASSAGE * times) as f64 / median(seconds),
    };
    Ok(kernels.iter().zip(&seconds).map(rate).collect())
}

/// A query and passages of random unit vectors.
struct Values {
    width: usize,
    query: Vec<f32>,
    vectors: Vec<f32>,
}

impl Values {
    fn new(width: usize, passages: usize) -> Self {
        let mut state = 1u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        let mut rows = |rows: usize| {
            let mut values: Vec<f32> = (0..rows * width).map(|_| random()).collect();
            for row in values.chunks_exact_mut(width) {
                let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
                row.iter_mut().for_each(|value| *value /= length);
            }
            values
        };
        Self { width, query: rows(QUERY), vectors: rows(passages * PASSAGE) }
    }

    fn block(&self) -> FloatBlock {
        FloatBlock::new(&self.query.chunks_exact(self.width).collect::<Vec<_>>(), self.width)
    }

    /// Sum of all passages' scores.
    fn total(&self) -> f64 {
        let (block, mut total) = (self.block(), 0.0);
        let mut max = vec![0.0; block.lanes()];
        for passage in self.vectors.chunks_exact(PASSAGE * self.width) {
            max.fill(f32::NEG_INFINITY);
            kernels::best().row_max_f32(&block, passage, &mut max);
            total += max[..QUERY].iter().map(|&best| f64::from(best)).sum::<f64>();
        }
        total
    }

    fn kernels(&self) -> anyhow::Result<Vec<(String, Kernel<'_>)>> {
        let name = kernels::best().name();
        let mut all: Vec<(String, Kernel)> = vec![
            ("simsimd i8, pair by pair".to_owned(), self.simsimd()),
            (format!("maxsimd f32, {name}"), self.float()),
            (format!("maxsimd int8, {name}"), self.int()),
        ];
        for bits in [4, 2, 1] {
            all.push((format!("maxsimd {bits}-bit codes, {name}"), self.codes(bits)?));
        }
        Ok(all)
    }

    fn float(&self) -> Kernel<'_> {
        let block = self.block();
        let mut max = vec![0.0; block.lanes()];
        passes(self.vectors.chunks_exact(PASSAGE * self.width), move |passage| {
            max.fill(f32::NEG_INFINITY);
            kernels::best().row_max_f32(&block, passage, &mut max);
            max[..QUERY].iter().sum()
        })
    }

    fn int(&self) -> Kernel<'_> {
        let bytes = bytes(&self.query);
        let block = IntBlock::new(&bytes.chunks_exact(self.width).collect::<Vec<_>>(), self.width);
        let (mut max, width) = (vec![0.0; block.lanes()], self.width);
        let levels: Vec<u8> =
            self::bytes(&self.vectors).into_iter().map(|value| value.cast_unsigned() ^ 0x80).collect();
        let scales = vec![1.0 / 127.0; PASSAGE];
        let mut score = move |passage: &[u8]| -> f32 {
            max.fill(f32::NEG_INFINITY);
            kernels::best().row_max_i8(&block, passage, &scales, &mut max);
            max[..QUERY].iter().sum()
        };
        Box::new(move |times| seconds(times, || levels.chunks_exact(PASSAGE * width).map(&mut score).sum()))
    }

    fn codes(&self, bits: u8) -> anyhow::Result<Kernel<'_>> {
        let coder: &'static Coder = Box::leak(Box::new(Coder::new(self.width, bits, 0)?));
        let (mut codes, mut scales) = (Vec::new(), Vec::new());
        for row in self.vectors.chunks_exact(self.width) {
            scales.push(coder.encode(row, &mut codes)?.to_bits());
        }
        let query = TokenMatrix::new(self.width, self.query.clone())?;
        let mut query = CodedQuery::new(coder, kernels::best(), &query)?;
        Ok(Box::new(move |times| {
            seconds(times, || {
                let passages = codes.chunks_exact(PASSAGE * coder.code_bytes()).zip(scales.chunks_exact(PASSAGE));
                passages.map(|(codes, scales)| query.score(codes, scales)).sum()
            })
        }))
    }

    fn simsimd(&self) -> Kernel<'_> {
        let (query, vectors, width) = (bytes(&self.query), bytes(&self.vectors), self.width);
        let score = move |passage: &[i8]| -> f32 {
            let best = |token: &[i8]| {
                let dots = passage.chunks_exact(width).filter_map(|row| i8::dot(token, row));
                dots.fold(f64::NEG_INFINITY, f64::max)
            };
            query.chunks_exact(width).map(best).sum::<f64>() as f32
        };
        Box::new(move |times| seconds(times, || vectors.chunks_exact(PASSAGE * width).map(&score).sum()))
    }
}

fn passes<'a>(passages: std::slice::ChunksExact<'a, f32>, mut score: impl FnMut(&[f32]) -> f32 + 'a) -> Kernel<'a> {
    Box::new(move |times| seconds(times, || passages.clone().map(&mut score).sum()))
}

/// Processor seconds of so many passes over all passages, each of which sums their scores.
fn seconds(times: usize, mut pass: impl FnMut() -> f32) -> anyhow::Result<f64> {
    let start = thread_seconds();
    for _ in 0..times {
        black_box(pass());
    }
    Ok(thread_seconds() - start)
}

/// Values of at most 1 as int8.
fn bytes(values: &[f32]) -> Vec<i8> {
    values.iter().map(|value| (value * 127.0).round() as i8).collect()
}
