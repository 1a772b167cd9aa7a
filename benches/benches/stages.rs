//! What the parts of a build and of a search cost: the stages of mode `late`, the other modes, opening a collection, and
//! encoding (where the default model is pulled).
//!
//! ```sh
//! cargo bench --package maxsimd-benches --bench stages
//! ```

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use maxsimd_benches::Clusters;
use maxsimd_engine::collection::Generation;
use maxsimd_engine::encode::{Encoder, OnnxEncoder, Runtime};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Result, Stage};
use maxsimd_server::home::{DEFAULT_MODEL, Home};

/// What is searched: as wide as the default encoder's vectors, and large enough to be pruned.
const CLUSTERS: Clusters = Clusters { documents: 4000, rows: 60, width: 384 };
const QUERY_TOKENS: usize = 20;
const QUERIES: usize = 64;
const STAGES: [Stage; 5] = [Stage::Probe, Stage::Gather, Stage::Estimate, Stage::Score, Stage::Fetch];
/// Words of a passage and of a query.
const WORDS: [usize; 2] = [200, 12];

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = searches, encoding
}

fn searches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    CLUSTERS.build(folder.path()).expect("a collection");
    let generation = Clusters::open(folder.path()).expect("a generation");
    let mut stages = criterion.benchmark_group("late");
    for stage in STAGES {
        stages.bench_function(stage.name(), |bencher| {
            bencher.iter_custom(|searches| run(&generation, Mode::Late, searches).get(stage));
        });
    }
    stages.finish();
    let mut modes = criterion.benchmark_group("search");
    for mode in [Mode::Late, Mode::Exhaustive, Mode::Exact, Mode::Bm25, Mode::Hybrid] {
        let requests = requests(mode).expect("requests");
        let mut next = requests.iter().cycle();
        modes.bench_function(mode.name(), |bencher| {
            bencher.iter(|| generation.search(&Context::unbounded(), next.next().expect("a cycle")).expect("hits"));
        });
    }
    modes.finish();
    criterion.bench_function("open", |bencher| bencher.iter(|| Clusters::open(folder.path()).expect("a generation")));
}

/// What so many searches took, by stage.
fn run(generation: &Generation, mode: Mode, searches: u64) -> maxsimd_engine::Timings {
    let (context, requests) = (Context::unbounded(), requests(mode).expect("requests"));
    for (_, request) in (0..searches).zip(requests.iter().cycle()) {
        black_box(generation.search(&context, request).expect("hits"));
    }
    context.timings()
}

fn requests(mode: Mode) -> Result<Vec<SearchRequest>> {
    let request = |query: Result<_>| {
        let (vectors, text) = query?;
        Ok(SearchRequest { texts: vec![text], ..SearchRequest::new(vec![vectors], 10, mode) })
    };
    CLUSTERS.queries(QUERY_TOKENS).take(QUERIES).map(request).collect()
}

fn encoding(criterion: &mut Criterion) {
    let Some(encoder) = encoder() else {
        eprintln!("encoding is not measured: `maxsim models pull` fetches the default model");
        return;
    };
    let mut group = criterion.benchmark_group("encode");
    for (kind, words) in ["passage", "query"].into_iter().zip(WORDS) {
        let text = vec!["late interaction keeps a vector for each token"; words.div_ceil(8)].join(" ");
        let tokens = encoder.encode_passages(&Context::unbounded(), &[&text]).expect("vectors")[0].vectors.rows();
        group.throughput(Throughput::Elements(tokens as u64));
        group.bench_with_input(BenchmarkId::new(kind, format!("{tokens} tokens")), &text, |bencher, text| {
            bencher.iter(|| match kind {
                "query" => encoder.encode_queries(&Context::unbounded(), &[text]).expect("vectors"),
                _ => encoder.encode_passages(&Context::unbounded(), &[text]).expect("vectors"),
            });
        });
    }
    group.finish();
}

/// The default encoder with one session, if it is pulled.
fn encoder() -> Option<OnnxEncoder> {
    let home = Home::locate(std::env::var_os("MAXSIMD_HOME").map(PathBuf::from))?;
    let runtime = Runtime::load(&home.library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from))).ok()?;
    OnnxEncoder::open(&runtime, &home.model(DEFAULT_MODEL), 1).ok()
}
