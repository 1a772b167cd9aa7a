//! `maxsim add`: documents into a collection that is there, or a new one.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::ensure;
use indicatif::ProgressBar;
use maxsimd_engine::Error;
use maxsimd_engine::build::Splitting;
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::live::{NewCollection, Upsert};
use serde_json::json;

use crate::adding::Adding;
use crate::corpus::Corpus;
use crate::flags::{self, CollectionFlags, KernelFlags, ModelFlags, PassageFlags, RemoteFlags, SourceFlags, TreeFlags};
use crate::out::stdout;
use crate::vectors::VectorsReader;
use crate::writing::Writing;

/// Flags of `add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: SourceFlags,
    #[command(flatten)]
    collection: CollectionFlags,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    kernels: KernelFlags,
    #[command(flatten)]
    passages: PassageFlags,
    #[command(flatten)]
    trees: TreeFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What became of the documents.
#[derive(Debug)]
struct Counts {
    accepted: u64,
    refused: u64,
    skipped: u64,
}

/// Adds documents, those of known ids in place of the old ones. What was acknowledged before an interruption is there the
/// next time.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    args.kernels.apply()?;
    std::fs::create_dir_all(&args.collection.data)?;
    let store = args.remote.open(&args.collection)?;
    let (mut writing, before, counts) = match &args.source.vectors {
        Some(folder) => from_vectors(args, &store, folder)?,
        None => from_documents(args, &store)?,
    };
    writing.compact()?;
    writing.apply()?;
    let generation = writing.live.generation();
    let d = generation.description();
    let Counts { accepted, refused, skipped } = counts;
    let added = d.documents.saturating_sub(before).min(accepted);
    let replaced = accepted - added;
    let mut out = stdout();
    if args.json {
        let report = json!({
            "collection": d, "added": added, "replaced": replaced, "refused": refused, "skipped": skipped,
        });
        writeln!(out, "{report}")?;
    } else {
        writeln!(
            out,
            "{}: generation {}, {added} documents added, {replaced} replaced; now {} documents, {} passages",
            d.name.as_str(),
            d.generation,
            d.documents,
            d.passages
        )?;
        if refused + skipped > 0 {
            writeln!(out, "{refused} documents refused, {skipped} files or lines skipped, see above")?;
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn from_documents<'a>(args: &'a Args, store: &Store) -> anyhow::Result<(Writing<'a>, u64, Counts)> {
    let splitting = args.passages.splitting()?;
    let mut corpus = Corpus::open(&args.source.input)?;
    let encoder = args.model.open(flags::threads(None))?;
    let name = ensure_there(args, store, Some(splitting), (EncoderId::of(&*encoder), encoder.width()))?;
    let mut adding = Adding::new(Writing::open(store, &name, &args.model, Some(encoder))?, corpus.bar())?;
    let before = adding.documents();
    for document in &mut corpus {
        adding.push(Upsert { document, vectors: None })?;
    }
    let (writing, accepted, refused) = adding.finish()?;
    Ok((writing, before, Counts { accepted, refused, skipped: corpus.skipped() }))
}

fn from_vectors<'a>(args: &'a Args, store: &Store, folder: &Path) -> anyhow::Result<(Writing<'a>, u64, Counts)> {
    let reader = VectorsReader::open(folder)?;
    let (id, width) = (reader.encoder()?, reader.width());
    let name = ensure_there(args, store, None, (id.clone(), width))?;
    let writing = Writing::open(store, &name, &args.model, None)?;
    let generation = writing.live.generation();
    generation.check_encoder(&id)?;
    let expected = generation.description().width;
    ensure!(width == expected, Error::Width { expected, found: width });
    let bar = ProgressBar::new(reader.len() as u64);
    let mut adding = Adding::new(writing, bar.clone())?;
    let before = adding.documents();
    for item in reader {
        let (document, vectors) = item?;
        adding.push(Upsert { document, vectors: Some(vectors) })?;
        bar.inc(1);
    }
    let (writing, accepted, refused) = adding.finish()?;
    Ok((writing, before, Counts { accepted, refused, skipped: 0 }))
}

/// The collection's own name; it is created if there is none.
fn ensure_there(
    args: &Args,
    store: &Store,
    splitting: Option<Splitting>,
    (encoder, width): (EncoderId, usize),
) -> anyhow::Result<CollectionName> {
    match store.resolve(&args.collection.collection) {
        Err(Error::CollectionNotFound { .. }) => {
            let name = args.collection.collection.clone();
            let splitting = splitting.unwrap_or_default();
            let (raptor, represent) = (args.trees.raptor()?, args.trees.represent());
            let new = NewCollection { splitting, raptor, represent, ..NewCollection::of(encoder, width) };
            store.create(&name, new)?;
            Ok(name)
        }
        name => {
            let name = name?;
            let generation = store.open_generation(&name)?;
            let kept = generation.splitting();
            let asked = splitting.filter(|asked| *asked != Splitting::default() && *asked != kept);
            ensure!(asked.is_none(), "{} splits its documents another way; leave the flags away", name.as_str());
            let asked = args.trees.raptor()?.is_some_and(|asked| Some(asked) != generation.raptor());
            let asked = asked || args.trees.represent().is_some_and(|asked| Some(asked) != generation.represent());
            ensure!(!asked, "{} has other trees or representations; leave the flags away", name.as_str());
            Ok(name)
        }
    }
}
