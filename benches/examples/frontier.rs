//! Recall against time of mode `late`, on a collection and queries of one's own.
//!
//! ```sh
//! cargo run --release --package maxsimd-benches --example frontier -- DATA COLLECTION QUERIES [K]
//! ```
//!
//! QUERIES is a folder as `maxsim encode --queries` writes it. Each line is one way to prune: the collection's own
//! recalls first, then a grid around the defaults. Recall is the share of exhaustive's K best; times are of one thread,
//! medians over all queries, the lines in turns so that all see the same machine.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use maxsimd_engine::collection::{CollectionName, Generation, Store};
use maxsimd_engine::search::{Mode, Pruning, SearchRequest};
use maxsimd_engine::{Context, Stage, TokenMatrix};

/// Rounds over all lines; the first is not timed.
const ROUNDS: usize = 4;
/// Most queries, evenly spread.
const QUERIES: usize = 100;
const STAGES: [Stage; 5] = [Stage::Probe, Stage::Gather, Stage::Estimate, Stage::Score, Stage::Fetch];

type Failure = Box<dyn std::error::Error>;

/// One way to prune, and what was measured.
struct Line {
    name: String,
    recall: Option<f64>,
    pruning: Option<Pruning>,
    found: usize,
    times: Vec<f64>,
    stages: [Vec<f64>; STAGES.len()],
}

impl Line {
    fn new(name: String, recall: Option<f64>, pruning: Option<Pruning>) -> Self {
        Self { name, recall, pruning, found: 0, times: Vec::new(), stages: Default::default() }
    }
}

fn lines() -> Vec<Line> {
    let fitted = [0.9, 0.95, 0.97, 0.98, 0.99, 0.995];
    let mut lines: Vec<Line> =
        fitted.iter().map(|&recall| Line::new(format!("recall {recall}"), Some(recall), None)).collect();
    for probes in [4, 8, 16] {
        for candidates in [160, 280, 400] {
            for (finalists, slack) in [(20, 2.0), (24, 2.5), (32, 2.5), (32, f32::INFINITY)] {
                let name = format!("{probes} {candidates} {finalists} {slack}");
                let pruning = Pruning { probes, candidates, finalists, slack };
                lines.push(Line::new(name, None, Some(pruning)));
            }
        }
    }
    lines
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, collection, queries, rest @ ..] = arguments.as_slice() else {
        return Err("usage: frontier DATA COLLECTION QUERIES [K]".into());
    };
    let k = rest.first().map_or(Ok(10), |k| k.parse())?;
    let generation = Store::open(Path::new(data))?.open_generation(&CollectionName::parse(collection)?)?;
    let all = read_queries(Path::new(queries), generation.description().width)?;
    let queries: Vec<TokenMatrix> = all.iter().step_by(all.len().div_ceil(QUERIES).max(1)).cloned().collect();
    let search = |query: &TokenMatrix, mode, line: Option<&Line>| {
        let context = Context::unbounded();
        let request = SearchRequest {
            recall: line.and_then(|line| line.recall),
            pruning: line.and_then(|line| line.pruning),
            ..SearchRequest::new(vec![query.clone()], k, mode)
        };
        let reply = generation.search(&context, &request)?;
        let ids: HashSet<String> = reply.hits.into_iter().map(|hit| hit.passage_id).collect();
        Ok::<_, Failure>((ids, context.timings()))
    };
    let mut truths = Vec::new();
    for query in &queries {
        truths.push(search(query, Mode::Exhaustive, None)?.0);
    }
    let mut lines = lines();
    for round in 0..ROUNDS {
        for line in &mut lines {
            for (query, truth) in queries.iter().zip(&truths) {
                let start = Instant::now();
                let (ids, timings) = search(query, Mode::Late, Some(line))?;
                let spent = start.elapsed().as_secs_f64() * 1e3;
                if round == 0 {
                    line.found += ids.intersection(truth).count();
                    continue;
                }
                line.times.push(spent);
                for (stage, times) in STAGES.iter().zip(&mut line.stages) {
                    times.push(timings.get(*stage).as_secs_f64() * 1e3);
                }
            }
        }
    }
    print(&generation, &mut lines, k, truths.iter().map(HashSet::len).sum());
    Ok(())
}

fn print(generation: &Generation, lines: &mut [Line], k: usize, all: usize) {
    let described = generation.description();
    println!("{} passages, {} token vectors, k = {k}", described.passages, described.token_vectors);
    println!(
        "| probes candidates finalists slack | recall | p50 ms | p95 | probe | gather | estimate | score | fetch |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for line in lines {
        let stages: Vec<String> = line.stages.iter_mut().map(|times| format!("{:.2}", quantile(times, 0.5))).collect();
        println!(
            "| {} | {:.4} | {:.2} | {:.2} | {} |",
            line.name,
            line.found as f64 / all as f64,
            quantile(&mut line.times, 0.5),
            quantile(&mut line.times, 0.95),
            stages.join(" | ")
        );
    }
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

fn read_queries(folder: &Path, width: usize) -> Result<Vec<TokenMatrix>, Failure> {
    let body = |name: &str| {
        let bytes = std::fs::read(folder.join(name))?;
        // NumPy's format 1.0: the header's length stands in bytes 8 and 9.
        let header = bytes.get(8..10).ok_or("no .npy file")?;
        let start = 10 + usize::from(u16::from_le_bytes([header[0], header[1]]));
        Ok::<_, Failure>(bytes.get(start..).ok_or("a cut .npy file")?.to_vec())
    };
    let (vectors, offsets) = (body("vectors.npy")?, body("offsets.npy")?);
    let values: Vec<f32> =
        vectors.as_chunks::<2>().0.iter().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect();
    let offsets: Vec<usize> =
        offsets.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes) as usize).collect();
    let rows = |pair: &[usize]| values.get(pair[0] * width..pair[1] * width).ok_or("offsets beyond the vectors");
    offsets.windows(2).map(|pair| Ok(TokenMatrix::new(width, rows(pair)?.to_vec())?)).collect()
}
