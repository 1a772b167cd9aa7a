//! `maxsim eval`: ranking quality and speed on a data set in BEIR layout.

mod technique;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use maxsimd_engine::answer::Budget;
use maxsimd_engine::collection::Generation;
use maxsimd_engine::encode::Encoder;
use maxsimd_engine::search::{DEFAULT_RECALL, Fusion, Mode, Pruning, SearchRequest};
use maxsimd_engine::{Context, Stage, TokenMatrix};
use maxsimd_server::generators::GeneratorFlags;
use maxsimd_server::wire::pruned;
use serde_json::json;

use crate::flags::{self, SearchedFlags, TechniqueFlags};
use crate::measure::{Dataset, Quality, Ranking, mean, write_trec};
use crate::out::stdout;

/// Flags of `eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder with queries.jsonl and qrels.tsv
    #[arg(long, value_name = "BEIR_DIR")]
    dataset: PathBuf,
    #[command(flatten)]
    searched: SearchedFlags,
    #[command(flatten)]
    technique: TechniqueFlags,
    #[command(flatten)]
    generators: GeneratorFlags,
    /// With a technique: most calls of a language model for a question
    #[arg(long, value_name = "N", default_value_t = Budget::default().max_llm_calls)]
    max_llm_calls: u32,
    /// How passages are scored: late, exhaustive, exact, bm25 or hybrid
    #[arg(long, default_value_t = Mode::Late, value_name = "MODE")]
    mode: Mode,
    /// How mode hybrid makes one ranking of late and bm25: rrf, weighted, or maxsim of what bm25 finds
    #[arg(long, default_value_t = Fusion::default(), value_name = "FUSION")]
    fusion: Fusion,
    /// Only documents that match
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// Share of exhaustive's hits that mode late should find, as measured when the collection was built; 1 prunes
    /// nothing [default: 0.98]
    #[arg(long, value_name = "R", value_parser = flags::recall)]
    recall: Option<f64>,
    /// Number of hits asked for
    #[arg(short, value_name = "N", default_value = "100", value_parser = flags::hits)]
    k: usize,
    /// Searches at the same time
    #[arg(long, value_name = "N", default_value = "1")]
    threads: NonZeroUsize,
    /// Write the rankings in TREC format
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// One query's search.
struct Searched {
    ranking: Ranking,
    took: Duration,
    /// Of that, finding what passes the filter.
    filtering: Duration,
    /// Unless every passage was scored.
    pruning: Option<Pruning>,
}

/// Encodes all queries, then searches them, or finds contexts by a technique, and measures the rankings.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let generation = args.searched.open()?;
    let technique = args.technique.open()?;
    let mut encode_times = Vec::new();
    let mut start = Instant::now();
    let (searched, llm_calls) = match &technique {
        Some(technique) => technique::rankings(args, technique, &dataset).map(|(found, calls)| (found, Some(calls)))?,
        None => {
            let mut queries = vec![None; dataset.queries.len()];
            if args.mode.scores_vectors() {
                (queries, encode_times) = encode(&*args.searched.encoder(&generation)?, &dataset)?;
            }
            start = Instant::now();
            (search(args, &generation, &dataset, &queries)?, None)
        }
    };
    let wall = start.elapsed();
    let mode = technique.as_ref().map_or(args.mode.name(), |technique| technique.name());
    let judged = searched.iter().zip(&dataset.queries);
    let qualities: Vec<Quality> = judged.map(|(s, (_, _, judgments))| Quality::of(&s.ranking, judgments)).collect();
    if let Some(path) = &args.run {
        let mut out = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
        let rankings = dataset.queries.iter().zip(&searched).map(|((id, _, _), s)| (id.as_str(), &s.ranking));
        write_trec(&mut out, mode, rankings)?;
    }
    let d = generation.description();
    let search_times: Vec<Duration> = searched.iter().map(|s| s.took).collect();
    let filter_times: Vec<Duration> = searched.iter().map(|s| s.filtering).collect();
    let report = json!({
        "dataset": std::path::absolute(&args.dataset)?.file_name().map(|name| name.to_string_lossy()),
        "passages": d.passages,
        "token_vectors": d.token_vectors,
        "queries": searched.len(),
        "mode": mode,
        "fusion": (mode == Mode::Hybrid.name()).then(|| args.fusion.name()),
        "filter": args.filter,
        "recall": (mode == Mode::Late.name()).then(|| args.recall.unwrap_or(DEFAULT_RECALL)),
        "pruning": searched.iter().find_map(|s| s.pruning),
        "k": args.k,
        "ndcg_at_10": mean(&qualities, |q| q.ndcg_at_10),
        "recall_at_5": mean(&qualities, |q| q.recall_at_5),
        "recall_at_10": mean(&qualities, |q| q.recall_at_10),
        "recall_at_100": mean(&qualities, |q| q.recall_at_100),
        "mrr_at_10": mean(&qualities, |q| q.mrr_at_10),
        "encode_ms": {"p50": percentile(&encode_times, 50), "p95": percentile(&encode_times, 95)},
        "search_ms": {
            "p50": percentile(&search_times, 50),
            "p95": percentile(&search_times, 95),
            "p99": percentile(&search_times, 99),
        },
        "filter_ms": args.filter.as_ref().map(|_| json!({"p50": percentile(&filter_times, 50)})),
        "llm_calls": llm_calls,
        "queries_per_s": searched.len() as f64 / wall.as_secs_f64(),
        "threads": args.threads,
        "kernel": maxsimd_engine::kernels::best().name(),
        "bits": d.bits,
        "index_bytes": d.index_bytes,
        "bytes_per_token_vector": d.index_bytes as f64 / d.token_vectors.max(1) as f64,
        "vector_bytes": d.vector_bytes,
        "build_seconds": d.build_seconds,
    });
    if args.json {
        writeln!(stdout(), "{report}")?;
    } else {
        writeln!(stdout(), "{report:#}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn encode(encoder: &dyn Encoder, dataset: &Dataset) -> anyhow::Result<(Vec<Option<TokenMatrix>>, Vec<Duration>)> {
    let (mut queries, mut times) = (Vec::new(), Vec::new());
    for (id, text, _) in &dataset.queries {
        let start = Instant::now();
        let encoded = encoder.encode_queries(&Context::unbounded(), &[text]).with_context(|| format!("query {id}"))?;
        times.push(start.elapsed());
        queries.extend(encoded.into_iter().map(|encoded| Some(encoded.vectors)));
    }
    Ok((queries, times))
}

fn search(
    args: &Args,
    generation: &Generation,
    dataset: &Dataset,
    queries: &[Option<TokenMatrix>],
) -> anyhow::Result<Vec<Searched>> {
    let filter = args.filter.as_deref().map(|text| flags::filter(text, generation)).transpose()?;
    let one = |at: usize| {
        let request = SearchRequest {
            texts: vec![dataset.queries[at].1.clone()],
            filter: filter.clone(),
            fusion: args.fusion,
            recall: args.recall,
            ..SearchRequest::new(queries[at].iter().cloned().collect(), args.k, args.mode)
        };
        let (context, start) = (Context::unbounded(), Instant::now());
        let reply = generation.search(&context, &request)?;
        let took = start.elapsed();
        let filtering = context.timings().get(Stage::Filter);
        let pruning = pruned(&reply);
        let ranking = Ranking::new(reply.hits.into_iter().filter_map(|hit| Some((hit.document_id?, hit.score))));
        Ok(Searched { ranking, took, filtering, pruning })
    };
    each(args.threads, queries.len(), one)
}

/// Does something for every number, several at the same time; outcomes come in order.
fn each<T: Send>(
    threads: NonZeroUsize,
    count: usize,
    one: impl Fn(usize) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return anyhow::Ok(done);
            }
            done.push((at, one(at)?));
        }
    };
    let done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.get()).map(|_| scope.spawn(work)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, done)| done).collect())
}

/// Milliseconds that `percent` of the times do not exceed (nearest rank).
fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&times, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&times[..1], 50), 200.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }
}
