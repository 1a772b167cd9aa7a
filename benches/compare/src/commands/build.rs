//! Builds, each in a process of its own, so that its time and memory are its own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use maxsimd_engine::collection::{CollectionName, Store};

use crate::dataset::Place;
use crate::engines::next_plaid::Codes;
use crate::engines::{Index, fast_plaid, maxsimd, next_plaid, tantivy};
use crate::process::{Usage, child};
use crate::work::Work;

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
    #[arg(long)]
    texts: bool,
}

/// Flags of the process that builds next-plaid's.
#[derive(Debug, clap::Args)]
pub(crate) struct NextPlaidArgs {
    #[arg(long)]
    vectors: PathBuf,
    #[arg(long)]
    index: PathBuf,
    #[arg(long, value_enum)]
    codes: Codes,
    #[arg(long)]
    threads: usize,
}

/// Flags of the process that builds tantivy's.
#[derive(Debug, clap::Args)]
pub(crate) struct TantivyArgs {
    #[arg(long)]
    corpus: PathBuf,
    #[arg(long)]
    index: PathBuf,
    #[arg(long)]
    threads: usize,
}

/// The process that builds ours.
pub(crate) fn ours(args: &OursArgs) -> anyhow::Result<()> {
    let build = maxsimd::Build { bits: args.bits, threads: args.threads, texts: args.texts };
    report(|| maxsimd::build(&args.data, &args.collection, &args.vectors, build).map(drop))
}

/// The process that builds next-plaid's.
pub(crate) fn next_plaid(args: &NextPlaidArgs) -> anyhow::Result<()> {
    report(|| next_plaid::build(&args.vectors, &args.index, args.codes, args.threads))
}

/// The process that builds tantivy's.
pub(crate) fn tantivy(args: &TantivyArgs) -> anyhow::Result<()> {
    report(|| tantivy::build(&args.corpus, &args.index, args.threads))
}

fn report(build: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(&Usage::of(build)?)?);
    Ok(())
}

/// Bytes of an index on disk, without texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) all: u64,
    /// Of all, what is there a second time.
    pub(crate) twice: u64,
}

/// Builds an index anew: what that took, and its bytes.
pub(crate) fn build(
    index: Index,
    (place, work): (&Place, &Work),
    python: &str,
    threads: usize,
) -> anyhow::Result<(Usage, Bytes)> {
    let (folder, projected, number) = (work.index(&index.name()), work.projected_corpus(), threads.to_string());
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let usage = match index {
        Index::Maxsimd { bits, texts } => {
            let build = maxsimd::Build { bits, threads, texts };
            let (usage, all) = build_collection(work, &index.name(), &[place.corpus()], build)?;
            return Ok((usage, Bytes { all, twice: 0 }));
        }
        Index::NextPlaid(codes) => {
            let flags = ["--vectors", text(&projected)?, "--index", text(&folder)?, "--codes", codes.name()];
            child(&[&["build-next-plaid"], &flags[..], &["--threads", &number]].concat())?
        }
        Index::FastPlaid { bits } => fast_plaid::build(python, (&projected, &folder), bits, threads)?,
        Index::Tantivy => {
            let corpus = place.corpus();
            let flags = ["--corpus", text(&corpus)?, "--index", text(&folder)?, "--threads", &number];
            child(&[&["build-tantivy"], &flags[..]].concat())?
        }
    };
    Ok((usage, bytes(&folder)?))
}

/// Builds a collection without texts; what it took, and the bytes of the index.
pub(super) fn build_ours(
    work: &Work,
    collection: &str,
    folders: &[PathBuf],
    (bits, threads): (u8, usize),
) -> anyhow::Result<(Usage, u64)> {
    build_collection(work, collection, folders, maxsimd::Build { bits, threads, texts: false })
}

fn build_collection(
    work: &Work,
    collection: &str,
    folders: &[PathBuf],
    build: maxsimd::Build,
) -> anyhow::Result<(Usage, u64)> {
    let (data, bits, threads) = (work.data(), build.bits.to_string(), build.threads.to_string());
    let mut flags = vec!["build-ours", "--data", text(&data)?, "--collection", collection];
    flags.extend(["--bits", &bits, "--threads", &threads]);
    flags.extend(build.texts.then_some("--texts"));
    flags.push("--vectors");
    for folder in folders {
        flags.push(text(folder)?);
    }
    let usage = child(&flags)?;
    let generation = Store::open(&data)?.open_generation(&CollectionName::parse(collection)?)?;
    Ok((usage, generation.description().index_bytes))
}

/// Bytes of an index' files. next-plaid keeps the chunks of its index beside the merged files that it searches.
fn bytes(folder: &Path) -> anyhow::Result<Bytes> {
    let (mut all, mut merged, mut chunks) = (0, 0, false);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (name, length) = (entry.file_name(), entry.metadata()?.len());
        let Some(name) = name.to_str() else { bail!("{name:?} in an index") };
        all += length;
        merged += if name.starts_with("merged_") && name.ends_with(".npy") { length } else { 0 };
        chunks |= name.ends_with(".codes.npy");
    }
    Ok(Bytes { all, twice: if chunks { merged } else { 0 } })
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
