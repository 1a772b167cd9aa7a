//! `compare scale`: the same queries over a corpus that is hidden among ever more passages.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Stage, TokenMatrix};
use rustix::fs::{Advice, fadvise};
use serde::{Deserialize, Serialize};

use super::build::build_ours;
use super::inputs::{InputFlags, Inputs};
use crate::engines::maxsimd::Ours;
use crate::exact::{self, Scored};
use crate::plots::{self, Curve, Curves};
use crate::process::{self, Usage, child};
use crate::quality::{mean, ndcg_at_10, overlap};
use crate::searcher::{Spent, timed};
use crate::stats::{Milliseconds, exponent, median, quantile};
use crate::table::Report;
use crate::vectors::VectorsFolder;
use crate::{machine, section};

/// Searches with nothing of the collection in the page cache, each of a collection that is opened for it.
const COLD: usize = 20;
/// Every so many judged queries one is asked of `exhaustive`, in whose time a program could do much else.
const EXHAUSTIVE_EVERY: usize = 3;
/// What is told of a search's stages.
const STAGES: [Stage; 4] = [Stage::Probe, Stage::Gather, Stage::Estimate, Stage::Score];

/// maxsimd alone: a corpus by itself, and hidden among ever more other passages
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: InputFlags,
    /// Folders of token vectors; the first size is the corpus alone, and each folder makes the next
    #[arg(long, value_name = "DIR", num_args = 1.., required = true)]
    among: Vec<PathBuf>,
    /// Bits per value of the score codes
    #[arg(long, value_name = "N", default_value_t = 2)]
    bits: u8,
    /// Threads of the builds
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
    /// Times that every query is asked after the warm-up
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Markdown file that gets the table, between its two markers; plots go to the folder `scale` beside it
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Build also what an earlier run has built
    #[arg(long)]
    anew: bool,
}

/// Flags of the process that searches with a cold page cache.
#[derive(Debug, clap::Args)]
pub(crate) struct ColdArgs {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    collection: String,
    #[arg(long)]
    queries: PathBuf,
}

/// A process that searches a collection of which nothing is in memory.
#[derive(Debug, Serialize, Deserialize)]
struct Cold {
    open_ms: f64,
    first_search_ms: f64,
    first_search_p95_ms: f64,
    mib_read: f64,
    /// After all queries, without dropping anything in between.
    resident_file_mib: f64,
    resident_own_mib: f64,
}

/// One size.
#[derive(Debug, Serialize)]
struct Size {
    passages: u64,
    token_vectors: u64,
    centroids: usize,
    build: Usage,
    index_bytes: u64,
    late_ms: Milliseconds,
    /// Median microseconds of the stages of `late`, in their order.
    stages_us: Vec<f64>,
    exhaustive_ms: f64,
    ndcg_at_10: f64,
    overlap_at_10_with_exact: f64,
    exhaustives_overlap_with_exact: f64,
    of_exhaustives_top_10: f64,
    of_exhaustives_top_100: f64,
    cold: Cold,
}

/// Builds all sizes, and searches them in turn.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let machine = machine::machine(args.threads)?;
    let inputs = Inputs::open(&args.inputs)?;
    let paths: Vec<PathBuf> = std::iter::once(&args.inputs.corpus).chain(&args.among).cloned().collect();
    let folders = paths.iter().map(|path| VectorsFolder::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let folders: Vec<&VectorsFolder> = folders.iter().collect();
    let mut builds = Vec::new();
    for count in 1..=folders.len() {
        builds.push(built(&inputs, args, &paths[..count])?);
    }
    let exact = exact_by_size(&inputs, &folders)?;
    let open = |mode| {
        let open = |count: usize| Ours::open(&inputs.work, &name(count), mode, (&inputs.queries, &folders[..count]));
        (1..=folders.len()).map(open).collect::<anyhow::Result<Vec<_>>>()
    };
    let (late, exhaustive) = (open(Mode::Late)?, open(Mode::Exhaustive)?);
    let spent = in_turn(&late, inputs.queries.len(), args.rounds)?;
    let mut sizes = Vec::new();
    for (at, build) in builds.into_iter().enumerate() {
        let judged = Judged::of(&inputs, (&late[at], &exhaustive[at]), &exact[at])?;
        let cold = cold_in_a_child(&inputs, &args.inputs.queries, &name(at + 1))?;
        let description = late[at].description();
        sizes.push(Size {
            passages: description.passages,
            token_vectors: description.token_vectors,
            centroids: description.router.as_ref().map_or(0, |router| router.centroids),
            build,
            index_bytes: description.index_bytes,
            late_ms: Milliseconds::of(&spent[at]),
            stages_us: stages(&late[at], inputs.queries.len())?,
            exhaustive_ms: judged.exhaustive_ms,
            ndcg_at_10: judged.ndcg_at_10,
            overlap_at_10_with_exact: judged.of_exact,
            exhaustives_overlap_with_exact: judged.exhaustives_of_exact,
            of_exhaustives_top_10: judged.of_10,
            of_exhaustives_top_100: judged.of_100,
            cold,
        });
    }
    let report = report(&sizes, inputs.queries.len(), args.rounds)?;
    args.into.as_ref().map_or(Ok(()), |file| write(file, (&machine, &report), &sizes))?;
    Ok(report)
}

/// Writes the table between its markers, and the plots beside the file.
fn write(file: &Path, (machine, report): (&str, &Report), sizes: &[Size]) -> anyhow::Result<()> {
    let folder = file.parent().unwrap_or(Path::new(".")).join("scale");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut part = format!("{machine}\n\n### {}", report.markdown());
    for (name, title, drawing) in plots(sizes) {
        std::fs::write(folder.join(format!("{name}.svg")), drawing).with_context(|| folder.display().to_string())?;
        part.push_str(&format!("\n![{title}](scale/{name}.svg)\n"));
    }
    section::replace(file, "scale", &part)
}

/// A figure of a size.
type Figure = fn(&Size) -> f64;

/// Plots: name, title, drawing.
fn plots(sizes: &[Size]) -> [(&'static str, &'static str, String); 2] {
    let plot = |title, figures: &[(&str, Figure)]| {
        let curves = figures.iter().map(|(label, of)| {
            let points: Vec<(f64, f64)> = sizes.iter().map(|s| (s.token_vectors as f64 / 1e6, of(s))).collect();
            Curve { label: format!("{label}: n^{:.2}", exponent(&points)), points }
        });
        plots::curves(&Curves { title, across: "million token vectors", curves: curves.collect() })
    };
    let times: [(&str, Figure); 5] = [
        ("build, processor s", |s| s.build.cpu_seconds),
        ("exhaustive, p50 ms", |s| s.exhaustive_ms),
        ("late, p50 ms", |s| s.late_ms.p50),
        ("late, p95 ms", |s| s.late_ms.p95),
        ("open and search, cold, ms", |s| s.cold.open_ms + s.cold.first_search_ms),
    ];
    let bytes: [(&str, Figure); 4] = [
        ("index", |s| mib(s.index_bytes)),
        ("peak of the build", |s| s.build.peak_mib),
        ("read for a first search", |s| s.cold.mib_read),
        ("resident, its own", |s| s.cold.resident_own_mib),
    ];
    let (time, size) = ("Times against token vectors", "MiB against token vectors");
    [("times", time, plot(time, &times)), ("bytes", size, plot(size, &bytes))]
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Name of the collection of so many folders.
fn name(folders: usize) -> String {
    format!("scale-{folders}")
}

/// What building the collection of these folders took, now or in an earlier run.
fn built(inputs: &Inputs, args: &Args, folders: &[PathBuf]) -> anyhow::Result<Usage> {
    let name = name(folders.len());
    let kept = inputs.work.built(&name);
    if !args.anew && kept.exists() {
        return Ok(serde_json::from_slice(&std::fs::read(&kept)?)?);
    }
    let (usage, _) = build_ours(&inputs.work, &name, folders, (args.bits, args.threads))?;
    std::fs::write(kept, serde_json::to_vec(&usage)?)?;
    Ok(usage)
}

/// The best passages of each query among the first folder, the first two, and so on.
fn exact_by_size(inputs: &Inputs, folders: &[&VectorsFolder]) -> anyhow::Result<Vec<Vec<Vec<u32>>>> {
    let mut best: Vec<Vec<Scored>> = vec![Vec::new(); inputs.queries.len()];
    let (mut sizes, mut first) = (Vec::new(), 0);
    for (number, folder) in folders.iter().enumerate() {
        for (best, more) in best.iter_mut().zip(inputs.exact_in(number, folder)?) {
            best.extend(more.into_iter().map(|(score, passage)| (score, first + passage)));
            exact::keep_best(best);
        }
        sizes.push(best.iter().map(|best| best.iter().map(|(_, passage)| *passage).collect()).collect());
        first += u32::try_from(folder.len())?;
    }
    Ok(sizes)
}

/// Times of every query in all sizes, after one pass that is not counted.
fn in_turn(sizes: &[Ours], queries: usize, rounds: usize) -> anyhow::Result<Vec<Vec<Spent>>> {
    let mut spent = vec![Vec::new(); sizes.len()];
    for round in 0..=rounds {
        for query in 0..queries {
            for (size, all) in sizes.iter().zip(&mut spent) {
                let one = timed(size, query, 10)?.0;
                if round > 0 {
                    all.push(one);
                }
            }
        }
    }
    Ok(spent)
}

/// Median microseconds of each stage.
fn stages(late: &Ours, queries: usize) -> anyhow::Result<Vec<f64>> {
    let timings = (0..queries).map(|query| late.timings(query, 10)).collect::<anyhow::Result<Vec<_>>>()?;
    let of = |stage| median(&timings.iter().map(|t| t.get(stage).as_secs_f64() * 1e6).collect::<Vec<_>>());
    Ok(STAGES.map(of).to_vec())
}

/// How good the hits of one size are.
struct Judged {
    exhaustive_ms: f64,
    ndcg_at_10: f64,
    of_exact: f64,
    exhaustives_of_exact: f64,
    of_10: f64,
    of_100: f64,
}

impl Judged {
    fn of(inputs: &Inputs, (late, exhaustive): (&Ours, &Ours), exact: &[Vec<u32>]) -> anyhow::Result<Self> {
        let [mut ndcg, mut of_exact, mut theirs, mut of_10, mut of_100, mut times] = [const { Vec::new() }; 6];
        for (number, query) in inputs.queries.iter().enumerate() {
            let few = timed(late, number, 10)?.1;
            ndcg.push(ndcg_at_10(inputs.ids(&few), &query.gains));
            of_exact.push(overlap(&few, &exact[number], 10));
            if number % EXHAUSTIVE_EVERY == 0 {
                let (spent, everything) = timed(exhaustive, number, 100)?;
                times.push(spent.wall * 1e3);
                theirs.push(overlap(&everything, &exact[number], 10));
                of_10.push(overlap(&few, &everything, 10));
                of_100.push(overlap(&timed(late, number, 100)?.1, &everything, 100));
            }
        }
        let over = |figures: Vec<f64>| mean(figures.into_iter());
        Ok(Self {
            exhaustive_ms: median(&times),
            ndcg_at_10: over(ndcg),
            of_exact: over(of_exact),
            exhaustives_of_exact: over(theirs),
            of_10: over(of_10),
            of_100: over(of_100),
        })
    }
}

fn cold_in_a_child(inputs: &Inputs, queries: &Path, collection: &str) -> anyhow::Result<Cold> {
    let (data, text) = (inputs.work.data(), "a path that is not UTF-8");
    let flags = ["--data", data.to_str().context(text)?, "--collection", collection];
    child(&[&["cold"], &flags[..], &["--queries", queries.to_str().context(text)?]].concat())
}

/// The process that searches with a cold page cache: prints what it found as JSON.
pub(crate) fn cold(args: &ColdArgs) -> anyhow::Result<()> {
    let (store, name) = (Store::open(&args.data)?, CollectionName::parse(&args.collection)?);
    let queries = VectorsFolder::open(&args.queries)?;
    let query = |number: usize| Ok::<_, anyhow::Error>(TokenMatrix::new(queries.width(), queries.read(number)?)?);
    ensure!(queries.len() >= COLD, "{}: fewer than {COLD} queries", args.queries.display());
    let [mut opening, mut first, mut read] = [const { Vec::new() }; 3];
    for number in 0..COLD {
        drop_cached(&store.folder(&name))?;
        let (before, start) = (process::bytes_read()?, Instant::now());
        let generation = store.open_generation(&name)?;
        let (opened, request) = (start.elapsed(), SearchRequest::new(vec![query(number)?], 10, Mode::Late));
        let start = Instant::now();
        generation.search(&Context::unbounded(), &request)?;
        first.push(start.elapsed().as_secs_f64() * 1e3);
        opening.push(opened.as_secs_f64() * 1e3);
        read.push((process::bytes_read()? - before) as f64 / f64::from(1 << 20));
    }
    let generation = store.open_generation(&name)?;
    for number in 0..queries.len() {
        let request = SearchRequest::new(vec![query(number)?], 10, Mode::Late);
        generation.search(&Context::unbounded(), &request)?;
    }
    let found = Cold {
        open_ms: median(&opening),
        first_search_ms: median(&first),
        first_search_p95_ms: quantile(&first, 0.95),
        mib_read: median(&read),
        resident_file_mib: process::status_mib("RssFile:")?,
        resident_own_mib: process::status_mib("RssAnon:")?,
    };
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}

/// Takes a folder's files out of the page cache; none of them may be mapped.
fn drop_cached(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        match path.is_dir() {
            true => drop_cached(&path)?,
            false => fadvise(File::open(&path)?, 0, None, Advice::DontNeed)?,
        }
    }
    Ok(())
}

fn report(sizes: &[Size], queries: usize, rounds: usize) -> anyhow::Result<Report> {
    let title =
        format!("A corpus among ever more passages: {queries} judged queries, {rounds} times, k = 10, one thread");
    let columns: Vec<String> = std::iter::once(String::new())
        .chain(sizes.iter().map(|size| format!("{} passages", size.passages)))
        .chain(std::iter::once("grows with".to_owned()))
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut report = Report::new(title, &columns, &sizes)?;
    let mut row = |name: &str, digits: usize, grows: bool, of: &dyn Fn(&Size) -> f64| {
        let cells = sizes.iter().map(|size| format!("{:.digits$}", of(size)));
        let points: Vec<(f64, f64)> = sizes.iter().map(|size| (size.token_vectors as f64, of(size))).collect();
        let law = if grows { format!("n^{:.2}", exponent(&points)) } else { String::new() };
        report.row(std::iter::once(name.to_owned()).chain(cells).chain(std::iter::once(law)));
    };
    row("token vectors n", 0, true, &|s| s.token_vectors as f64);
    row("centroids", 0, true, &|s| s.centroids as f64);
    row("build, wall s", 1, true, &|s| s.build.seconds);
    row("build, processor s", 1, true, &|s| s.build.cpu_seconds);
    row("build, peak MiB", 0, true, &|s| s.build.peak_mib);
    row("index, MiB", 1, true, &|s| mib(s.index_bytes));
    row("bytes per token vector", 1, false, &|s| s.index_bytes as f64 / s.token_vectors as f64);
    row("`late` p50 ms", 2, true, &|s| s.late_ms.p50);
    row("`late` p95 ms", 2, true, &|s| s.late_ms.p95);
    row("`late` processor p50 ms", 2, true, &|s| s.late_ms.processor_p50);
    for (at, stage) in STAGES.iter().enumerate() {
        row(&format!("of it {}, us", stage.name()), 0, true, &|s| s.stages_us[at]);
    }
    row("`exhaustive` p50 ms", 1, true, &|s| s.exhaustive_ms);
    row("nDCG@10", 4, false, &|s| s.ndcg_at_10);
    row("`late`: overlap@10 with exact", 3, false, &|s| s.overlap_at_10_with_exact);
    row("`exhaustive`: overlap@10 with exact", 3, false, &|s| s.exhaustives_overlap_with_exact);
    row("`late`: of exhaustive's top 10", 3, false, &|s| s.of_exhaustives_top_10);
    row("of its top 100", 3, false, &|s| s.of_exhaustives_top_100);
    row("cold: open, ms", 1, true, &|s| s.cold.open_ms);
    row("cold: first search, ms", 1, true, &|s| s.cold.first_search_ms);
    row("cold: first search p95, ms", 1, true, &|s| s.cold.first_search_p95_ms);
    row("cold: read for both, MiB", 1, true, &|s| s.cold.mib_read);
    row("resident after all queries, of files, MiB", 0, true, &|s| s.cold.resident_file_mib);
    row("resident, its own, MiB", 0, true, &|s| s.cold.resident_own_mib);
    report.note("Sizes are searched in turn, warm. Cold: all files out of the page cache before each of 20 openings.");
    Ok(report)
}
