//! MaxSim of a query of 32 tokens against token vectors, one thread.
//!
//! What is measured: million token vectors a second by every kernel set of this processor, from cache (one passage of 120
//! again and again) and from memory (slices of 192 MiB of random rows in turn); the cost of picked pairs, and of centroid
//! scores as bytes. On what: random values. Against what: simsimd, one pair of vectors at a time, and the processor's
//! bound. Everything of a table is timed in turns, round after round, so that a noisy machine is noisy for all alike.

use std::hint::black_box;
use std::time::Instant;

use maxsimd_engine::kernels::{Codes, FloatBlock, IntBlock, Kernels, LANES, PairBlock, Picked, available};
use simsimd::SpatialSimilarity;

const TOKENS: usize = 32;
const PASSAGE: usize = 120;
/// Scorings of a passage in one measurement from cache.
const PASSES: usize = 16;
/// Bytes of random rows for the measurements from memory, and of those read at a time.
const MEMORY: usize = 192 << 20;
const SLICE: usize = 512 << 10;
/// Rounds of which the median counts.
const ROUNDS: usize = 101;
/// One in f16.
const ONE: u16 = 0x3c00;

fn main() {
    let data = Data::new();
    for width in [128, 384] {
        let query = Query::new(&data, width);
        for place in [Place::Cache, Place::Memory] {
            let clock = clock(&data, &query);
            println!("\n{TOKENS} x {width} query, token vectors from {place:?}, one thread");
            println!(
                "bound of int8: {clock:.2} GHz x 2 x 64 multiply-adds / ({TOKENS} x {width}) = {:.1} M/s; of f32: 2 x 16, {:.1} M/s",
                bound(clock, width, 64.0),
                bound(clock, width, 16.0)
            );
            println!("{:<26}{:>12}{:>12}{:>12}{:>12}", "", "median M/s", "x simsimd", "best M/s", "% of bound");
            table(&data, &query, place, clock);
        }
        pairs(&data, &query);
    }
}

/// Where token vectors come from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Cache,
    Memory,
}

/// Billions of cycles a second right after wide kernels, which lower the clock: dependent steps of four cycles each
/// (an exclusive or and a multiplication), timed.
fn clock(data: &Data, query: &Query) -> f64 {
    let steps = 20_000;
    let mut run = fused(data, query, Place::Cache, available()[0]).swap_remove(0).run;
    let once = |round| {
        (0..20).for_each(|_| _ = run(round));
        let (mut x, factor) = (black_box(3u64), black_box(0x9e37_79b9_7f4a_7c15));
        let start = Instant::now();
        for _ in 0..steps {
            x = (x ^ 0x55).wrapping_mul(factor);
        }
        black_box(x);
        4.0 * f64::from(steps) / start.elapsed().as_secs_f64() / 1e9
    };
    (0..100).map(once).fold(0.0, f64::max)
}

/// Million token vectors a second at two instructions of so many multiply-adds a cycle.
fn bound(clock: f64, width: usize, products: f64) -> f64 {
    clock * 1e3 * 2.0 * products / (TOKENS * width) as f64
}

struct Data {
    bytes: Vec<u8>,
    floats: Vec<f32>,
    halves: Vec<u16>,
    scales: Vec<f32>,
    half_scales: Vec<u16>,
}

impl Data {
    fn new() -> Self {
        let mut state = 1u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        let bytes = (0..MEMORY / 4).flat_map(|_| (random() | 0x0101_0101).to_le_bytes()).collect();
        let floats = (0..MEMORY / 4).map(|_| (random() >> 8) as f32 / (1 << 22) as f32 - 1.0).collect();
        // From 1/4 to 4, of either sign.
        let halves =
            (0..MEMORY / 2).map(|_| (0x3400 + random() % 0x1000) as u16 | (random() & 0x8000) as u16).collect();
        // The narrowest rows are 128 x 1 bit.
        let rows = SLICE / 16;
        Self { bytes, floats, halves, scales: vec![1.0; rows], half_scales: vec![ONE; rows] }
    }

    fn signed(&self, count: usize) -> Vec<i8> {
        self.bytes[..count].iter().map(|&v| v.cast_signed().max(-127)).collect()
    }
}

struct Query {
    width: usize,
    bytes: Vec<i8>,
    floats: Vec<f32>,
    ints: IntBlock,
    pairs: PairBlock,
    block: FloatBlock,
}

impl Query {
    fn new(data: &Data, width: usize) -> Self {
        let (bytes, floats) = (data.signed(TOKENS * width), data.floats[..TOKENS * width].to_vec());
        let rows: Vec<&[i8]> = bytes.chunks_exact(width).collect();
        let block = FloatBlock::new(&floats.chunks_exact(width).collect::<Vec<_>>(), width);
        let (ints, pairs) = (IntBlock::new(&rows, width), PairBlock::new(&rows, width));
        Self { width, ints, pairs, block, bytes, floats }
    }
}

/// One way to score: takes a round's number and returns the token vectors that it scored.
struct Way<'a> {
    name: String,
    /// Multiply-adds of one instruction, for ways that have a bound.
    products: Option<f64>,
    baseline: usize,
    run: Box<dyn FnMut(usize) -> usize + 'a>,
}

fn table(data: &Data, query: &Query, place: Place, clock: f64) {
    let mut ways = baselines(data, query, place);
    for kernels in available() {
        // Plain Rust would take minutes: it is a reference, not a rival.
        if kernels.name() != "scalar" {
            ways.extend(fused(data, query, place, kernels));
        }
    }
    let mut rates = vec![Vec::new(); ways.len()];
    for round in 0..ROUNDS {
        for (at, (way, rates)) in ways.iter_mut().zip(&mut rates).enumerate() {
            // Every way reads slices of its own, so that none finds in the cache what another has brought there.
            let mut run = |slice| match place {
                Place::Cache => (0..PASSES).map(|_| (way.run)(0)).sum::<usize>(),
                Place::Memory => (way.run)(slice + at * 37),
            };
            // Once without timing: a processor takes a while to be at its full rate of wide instructions.
            run(round + 19);
            let start = Instant::now();
            let scored = run(round);
            rates.push(scored as f64 / start.elapsed().as_secs_f64() / 1e6);
        }
    }
    rates.iter_mut().for_each(|rates| rates.sort_by(f64::total_cmp));
    for (way, found) in ways.iter().zip(&rates) {
        let (median, best) = (found[ROUNDS / 2], found[ROUNDS - 1]);
        let baseline = rates[way.baseline][ROUNDS / 2];
        print!("{:<26}{median:>12.2}{:>12.1}{best:>12.2}", way.name, median / baseline);
        match way.products {
            Some(products) => println!("{:>12.0}", 100.0 * best / bound(clock, query.width, products)),
            None => println!(),
        }
    }
}

/// The rows that a round reads: the first passage, or a slice of all.
fn part<T>(all: &[T], row: usize, place: Place, round: usize) -> &[T] {
    if place == Place::Cache {
        return &all[..PASSAGE * row];
    }
    let slice = SLICE / size_of::<T>() / row * row;
    &all[round % (all.len() / slice) * slice..][..slice]
}

fn baselines<'a>(data: &'a Data, query: &'a Query, place: Place) -> Vec<Way<'a>> {
    let width = query.width;
    // A passage at a time: it is the slowest by far.
    let int8 = move |round: usize| {
        let rows = bytemuck::cast_slice(&part(&data.bytes, width, place, round)[..PASSAGE * width]);
        pairs_of(&query.bytes, rows, width, i8::dot)
    };
    let float = move |round: usize| {
        pairs_of(&query.floats, &part(&data.floats, width, place, round)[..PASSAGE * width], width, f32::dot)
    };
    vec![
        Way { name: "simsimd int8 pairs".into(), products: None, baseline: 0, run: Box::new(int8) },
        Way { name: "simsimd f32 pairs".into(), products: None, baseline: 1, run: Box::new(float) },
    ]
}

fn fused<'a>(data: &'a Data, query: &'a Query, place: Place, kernels: Kernels) -> Vec<Way<'a>> {
    let (width, name) = (query.width, kernels.name());
    let wide = name == "avx512-vnni";
    let mut best = vec![0.0; TOKENS.next_multiple_of(LANES)];
    let mut ways = Vec::new();
    let mut add = |what: &str, products: f64, baseline, run: Box<dyn FnMut(usize) -> usize + 'a>| {
        ways.push(Way { name: format!("{name} {what}"), products: wide.then_some(products), baseline, run });
    };
    let mut most = best.clone();
    let int8 = move |round: usize| {
        let rows = part(&data.bytes, width, place, round);
        kernels.row_max_i8(&query.ints, rows, &data.scales[..rows.len() / width], &mut most);
        black_box(&most);
        rows.len() / width
    };
    add("int8", 64.0, 0, Box::new(int8));
    for bits in [8, 4, 3, 2, 1] {
        let mut most = best.clone();
        let run = move |round: usize| {
            let code = width * usize::from(bits) / 8;
            let codes = part(&data.bytes, code, place, round);
            let scales = &data.half_scales[..codes.len() / code];
            kernels.row_max_codes(&query.ints, &Codes::new(width, bits, LEVELS, codes, scales), &mut most);
            black_box(&most);
            scales.len()
        };
        add(&format!("{bits}-bit codes"), 64.0, 0, Box::new(run));
    }
    let mut most = best.clone();
    let float = move |round: usize| {
        let rows = part(&data.floats, width, place, round);
        kernels.row_max_f32(&query.block, rows, &mut most);
        black_box(&most);
        rows.len() / width
    };
    add("f32", 16.0, 1, Box::new(float));
    let half = move |round: usize| {
        let rows = part(&data.halves, width, place, round);
        kernels.row_max_f16(&query.block, rows, &mut best);
        black_box(&best);
        rows.len() / width
    };
    add("f16", 16.0, 1, Box::new(half));
    ways
}

/// Any table will do: what is looked up takes no time of its own.
const LEVELS: [u8; 16] = [118, 125, 131, 138, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200];

/// MaxSim by single dot products.
fn pairs_of<T>(query: &[T], rows: &[T], width: usize, dot: impl Fn(&[T], &[T]) -> Option<f64>) -> usize {
    let best = |token: &[T]| rows.chunks_exact(width).filter_map(|row| dot(token, row)).fold(f64::MIN, f64::max);
    black_box(query.chunks_exact(width).map(best).sum::<f64>());
    rows.len() / width
}

/// Pruned search: 60 of a passage's 240 rows with 1.3 lanes each, passages in random order, and the picking of them.
fn pairs(data: &Data, query: &Query) {
    const ROWS: usize = 240;
    let (code, lanes) = (query.width / 4, query.pairs.lanes());
    let passages = data.bytes.len() / (ROWS * code);
    let picked: Vec<Picked> = (0..60u32)
        .map(|at| Picked {
            row: at * 4 + at % 3,
            group: 0,
            lanes: 1 << (at * 7 % 21) | 1 << (at * 7 % 21 + at % 3 / 2),
        })
        .collect();
    let codes = |at: usize| {
        let codes = &data.bytes[at * 7919 % passages * ROWS * code..][..ROWS * code];
        Codes::new(query.width, 2, LEVELS, codes, &data.half_scales[..ROWS])
    };
    let table = &data.bytes[..8192 * lanes];
    let ids: Vec<u16> = data.halves[..ROWS].iter().map(|id| id % 8192).collect();
    println!(
        "\n2-bit codes of passages of {ROWS} in random order, microseconds a passage (median of 301 rounds of 16)"
    );
    println!("{:<14}{:>8}{:>14}{:>16}{:>12}", "", "whole", "60 rows only", "maxima of ids", "pick by id");
    for kernels in available().into_iter().filter(|kernels| kernels.name() != "scalar") {
        let mut best = vec![0.0; lanes];
        let (mut bytes, mut found, least) = (vec![0u8; lanes], Vec::new(), vec![253; lanes]);
        let mut times = [const { Vec::new() }; 4];
        for round in 0..301 {
            for (way, times) in times.iter_mut().enumerate() {
                let start = Instant::now();
                for at in round * 16..round * 16 + 16 {
                    match way {
                        0 => kernels.row_max_codes(&query.ints, &codes(at), &mut best),
                        1 => kernels.row_max_picked(&query.pairs, &codes(at + 4_000_000), &picked, &mut best),
                        2 => kernels.row_max_bytes(table, &ids, &mut bytes).expect("ids of the table"),
                        _ => {
                            found.clear();
                            kernels.pick(table, &ids, &least, &mut found).expect("ids of the table");
                        }
                    }
                }
                black_box((&best, &bytes, &found));
                times.push(start.elapsed().as_secs_f64() / 16.0 * 1e6);
            }
        }
        times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
        let [whole, some, maxima, pick] = times.map(|times| times[150]);
        println!("{:<14}{whole:>8.2}{some:>14.2}{maxima:>16.3}{pick:>12.3}", kernels.name());
    }
}
