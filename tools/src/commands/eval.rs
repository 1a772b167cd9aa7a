//! `maxsim eval`: ranking quality and speed on a data set in BEIR layout.

mod report;
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
use maxsimd_engine::search::{Fusion, Mode, Pruning, SearchRequest};
use maxsimd_engine::techniques::Technique;
use maxsimd_engine::{Context, Stage, TokenMatrix};
use maxsimd_server::generators::GeneratorFlags;
use maxsimd_server::wire::pruned;

use crate::flags::{self, SearchedFlags, TechniqueFlags};
use crate::measure::{Dataset, Ranking, write_trec};

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
    /// How passages are scored: late, exhaustive, exact, bm25 or hybrid; of several, by commas, each is compared with the
    /// first, and so is a technique [default: late]
    #[arg(long, value_name = "MODES", value_delimiter = ',')]
    mode: Vec<Mode>,
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

/// A way to rank, measured.
struct Measured {
    way: Way,
    searched: Vec<Searched>,
    wall: Duration,
    /// Of techniques.
    llm_calls: Option<u32>,
}

/// A way to rank.
enum Way {
    Mode(Mode),
    Technique(Technique),
}

impl Way {
    fn name(&self) -> &'static str {
        match self {
            Self::Mode(mode) => mode.name(),
            Self::Technique(technique) => technique.name(),
        }
    }

    fn mode(&self) -> Option<Mode> {
        match self {
            Self::Mode(mode) => Some(*mode),
            Self::Technique(_) => None,
        }
    }
}

/// Encodes all queries, then ranks for them in every way that is asked for, and measures the rankings.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let ways = ways(args)?;
    anyhow::ensure!(
        args.run.is_none() || ways.len() == 1,
        "--run takes one mode or technique, {} are named",
        ways.len()
    );
    let dataset = Dataset::open(&args.dataset)?;
    let generation = args.searched.open()?;
    let (mut queries, mut encode_times) = (vec![None; dataset.queries.len()], Vec::new());
    if ways.iter().filter_map(Way::mode).any(Mode::scores_vectors) {
        (queries, encode_times) = encode(&*args.searched.encoder(&generation)?, &dataset)?;
    }
    let measure = |way| measured(args, way, (&generation, &dataset, &queries));
    let measured = ways.into_iter().map(measure).collect::<anyhow::Result<Vec<_>>>()?;
    if let (Some(path), [only]) = (&args.run, &measured[..]) {
        let mut out = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
        let rankings = dataset.queries.iter().zip(&only.searched).map(|((id, _, _), s)| (id.as_str(), &s.ranking));
        write_trec(&mut out, only.way.name(), rankings)?;
        out.flush().with_context(|| path.display().to_string())?;
    }
    report::print(args, (&generation, &dataset, &encode_times), &measured)?;
    Ok(ExitCode::SUCCESS)
}

/// Modes, then the technique; `late` if nothing is named.
fn ways(args: &Args) -> anyhow::Result<Vec<Way>> {
    let mut ways: Vec<Way> = args.mode.iter().copied().map(Way::Mode).collect();
    ways.extend(args.technique.open()?.map(Way::Technique));
    if ways.is_empty() {
        ways.push(Way::Mode(Mode::Late));
    }
    Ok(ways)
}

fn measured(
    args: &Args,
    way: Way,
    (generation, dataset, queries): (&Generation, &Dataset, &[Option<TokenMatrix>]),
) -> anyhow::Result<Measured> {
    let start = Instant::now();
    let (searched, llm_calls) = match &way {
        Way::Mode(mode) => (search(args, *mode, (generation, dataset, queries))?, None),
        Way::Technique(technique) => {
            technique::rankings(args, technique, dataset).map(|(s, calls)| (s, Some(calls)))?
        }
    };
    Ok(Measured { way, searched, wall: start.elapsed(), llm_calls })
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
    mode: Mode,
    (generation, dataset, queries): (&Generation, &Dataset, &[Option<TokenMatrix>]),
) -> anyhow::Result<Vec<Searched>> {
    let filter = args.filter.as_deref().map(|text| flags::filter(text, generation)).transpose()?;
    let one = |at: usize| {
        let vectors = queries[at].iter().filter(|_| mode.scores_vectors()).cloned().collect();
        let request = SearchRequest {
            texts: vec![dataset.queries[at].1.clone()],
            filter: filter.clone(),
            fusion: args.fusion,
            recall: args.recall,
            // Only ids are kept.
            max_bytes: usize::MAX,
            ..SearchRequest::new(vectors, args.k, mode)
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
