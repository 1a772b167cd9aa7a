//! `compare build`: both indexes from the same vectors, each in a process of its own.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use maxsimd_engine::collection::{CollectionName, Store};
use serde::Serialize;

use super::inputs::CORPUS;
use crate::ours;
use crate::peer::{self, PEER_WIDTH, PeerKind};
use crate::process::{Usage, child};
use crate::table::Report;
use crate::vectors::VectorsFolder;
use crate::work::Work;

/// Build both indexes from the same vectors: time, memory, bytes
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder that `maxsim encode` wrote of the corpus
    #[arg(long, value_name = "DIR")]
    corpus: PathBuf,
    /// Folder that `maxsim encode --queries` wrote; projected with the corpus, for the searches
    #[arg(long, value_name = "DIR")]
    queries: PathBuf,
    /// Folder for indexes, projected vectors and exact rankings
    #[arg(long, value_name = "DIR")]
    work: PathBuf,
    /// How the peer stores vectors
    #[arg(long, value_enum, default_value = "4bits")]
    peer: PeerKind,
    /// Bits per value of maxsimd's score codes
    #[arg(long, value_name = "N", default_value_t = 2)]
    bits: u8,
    /// Threads of each build
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
    /// Remove the corpus' mean before projecting
    #[arg(long)]
    centred: bool,
    /// Build only one of them
    #[arg(long, value_enum)]
    only: Option<Engine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Maxsimd,
    Peer,
}

/// Flags of the process that builds ours.
#[derive(Debug, clap::Args)]
pub(crate) struct OursArgs {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    collection: String,
    #[arg(long, num_args = 1..)]
    vectors: Vec<PathBuf>,
    #[arg(long)]
    bits: u8,
    #[arg(long)]
    threads: usize,
}

/// Flags of the process that builds the peer's.
#[derive(Debug, clap::Args)]
pub(crate) struct PeerArgs {
    #[arg(long)]
    vectors: PathBuf,
    #[arg(long)]
    index: PathBuf,
    #[arg(long, value_enum)]
    kind: PeerKind,
    #[arg(long)]
    threads: usize,
}

/// What a build took and left.
#[derive(Debug, Serialize)]
struct Built {
    engine: String,
    #[serde(flatten)]
    usage: Usage,
    bytes: u64,
    bytes_per_token_vector: f64,
    /// Of `bytes`, what is there a second time.
    bytes_twice: u64,
}

impl Built {
    fn new(engine: String, usage: Usage, (bytes, bytes_twice): (u64, u64), token_vectors: usize) -> Self {
        Self { engine, usage, bytes, bytes_per_token_vector: bytes as f64 / token_vectors.max(1) as f64, bytes_twice }
    }

    fn cells(&self) -> [String; 6] {
        let (u, mib) = (&self.usage, self.bytes as f64 / f64::from(1 << 20));
        [
            self.engine.clone(),
            format!("{:.1}", u.seconds),
            format!("{:.1}", u.cpu_seconds),
            format!("{:.0}", u.peak_mib),
            format!("{mib:.1}"),
            format!("{:.1}", self.bytes_per_token_vector),
        ]
    }
}

/// Builds, and says what it took.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let (work, corpus) = (Work::new(&args.work)?, VectorsFolder::open(&args.corpus)?);
    work.project(&args.corpus, &args.queries, args.centred)?;
    let mut built = Vec::new();
    if args.only != Some(Engine::Maxsimd) {
        built.push(build_peer(args, &work, corpus.token_vectors())?);
    }
    if args.only != Some(Engine::Peer) {
        let (usage, bytes) = build_ours(&work, CORPUS, std::slice::from_ref(&args.corpus), (args.bits, args.threads))?;
        let name = format!("maxsimd, {} x {} bits", corpus.width(), args.bits);
        built.push(Built::new(name, usage, (bytes, 0), corpus.token_vectors()));
    }
    let title = format!(
        "Build from vectors: {} passages, {} token vectors, {} threads",
        corpus.len(),
        corpus.token_vectors(),
        args.threads
    );
    let columns = ["engine", "wall s", "CPU s", "peak MiB", "index MiB", "bytes per token vector"];
    let mut report = Report::new(title, &columns, &built)?;
    built.iter().for_each(|b| report.row(b.cells()));
    if let [peer, ours] = built.as_slice() {
        let ratio = |get: fn(&Built) -> f64| format!("{:.2}x", get(peer) / get(ours));
        report.row([
            "peer / maxsimd".to_owned(),
            ratio(|b| b.usage.seconds),
            ratio(|b| b.usage.cpu_seconds),
            ratio(|b| b.usage.peak_mib),
            ratio(|b| b.bytes as f64),
            ratio(|b| b.bytes_per_token_vector),
        ]);
    }
    if args.only != Some(Engine::Maxsimd) {
        note_on_peer(&mut report, &built[0], corpus.token_vectors());
    }
    report.note("Wall time includes reading the vectors' files. Neither index holds texts.");
    Ok(report)
}

fn note_on_peer(report: &mut Report, peer: &Built, token_vectors: usize) {
    let input = (token_vectors * PEER_WIDTH * size_of::<f32>()) >> 20;
    report.note(format!(
        "The peer takes all vectors in memory, {input} MiB of its peak; projecting them is not counted."
    ));
    let once = (peer.bytes - peer.bytes_twice) as f64 / token_vectors.max(1) as f64;
    report.note(format!(
        "It keeps its chunks beside the merged files that it searches; each once: {once:.1} bytes per token vector."
    ));
}

fn build_peer(args: &Args, work: &Work, token_vectors: usize) -> anyhow::Result<Built> {
    let (vectors, index) = (work.projected_corpus(), work.peer_index(args.peer));
    let threads = args.threads.to_string();
    let flags = ["--vectors", text(&vectors)?, "--index", text(&index)?, "--kind", args.peer.name()];
    let usage = child(&[&["build-peer"], &flags[..], &["--threads", &threads]].concat())?;
    let bytes = index_bytes(&index)?;
    Ok(Built::new(format!("next-plaid, {PEER_WIDTH} x {}", args.peer.name()), usage, bytes, token_vectors))
}

/// Builds a collection in a process of its own; returns what it took and the bytes of the index apart from texts.
pub(super) fn build_ours(
    work: &Work,
    collection: &str,
    folders: &[PathBuf],
    (bits, threads): (u8, usize),
) -> anyhow::Result<(Usage, u64)> {
    let (data, bits, threads) = (work.data(), bits.to_string(), threads.to_string());
    let mut flags = vec!["build-ours", "--data", text(&data)?, "--collection", collection];
    flags.extend(["--bits", &bits, "--threads", &threads, "--vectors"]);
    for folder in folders {
        flags.push(text(folder)?);
    }
    let usage = child(&flags)?;
    let generation = Store::open(&data)?.open_generation(&CollectionName::parse(collection)?)?;
    Ok((usage, generation.description().index_bytes))
}

/// The process that builds ours.
pub(crate) fn ours(args: &OursArgs) -> anyhow::Result<()> {
    let how = (args.bits, args.threads);
    let usage = Usage::of(|| ours::build(&args.data, &args.collection, &args.vectors, how).map(drop))?;
    println!("{}", serde_json::to_string(&usage)?);
    Ok(())
}

/// The process that builds the peer's.
pub(crate) fn peer(args: &PeerArgs) -> anyhow::Result<()> {
    let usage = Usage::of(|| peer::build(&args.vectors, &args.index, args.kind, args.threads))?;
    println!("{}", serde_json::to_string(&usage)?);
    Ok(())
}

/// Bytes of the peer's files, and of those among them that it has a second time, merged, for searches.
fn index_bytes(folder: &Path) -> anyhow::Result<(u64, u64)> {
    let (mut bytes, mut twice) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (name, length) = (entry.file_name(), entry.metadata()?.len());
        bytes += length;
        let merged = name.to_str().is_some_and(|name| name.starts_with("merged_") && name.ends_with(".npy"));
        twice += if merged { length } else { 0 };
    }
    Ok((bytes, twice))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
