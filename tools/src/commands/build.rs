//! `maxsim build`: a collection from files and folders, or from token vectors.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use indicatif::ProgressBar;
use maxsimd_engine::build::{BuildOptions, BuildReport, MIN_RAM_BUDGET, Progress, build_documents, build_vectors};
use maxsimd_engine::collection::Store;
use maxsimd_engine::filter::{FieldType, Fields};
use maxsimd_engine::keywords::Language;
use maxsimd_engine::{Context, Error};
use serde_json::json;

use crate::corpus::{Corpus, printable};
use crate::flags::{self, CollectionFlags, KernelFlags, ModelFlags, PassageFlags, RemoteFlags, SourceFlags, TreeFlags};
use crate::out::stdout;
use crate::vectors::VectorsReader;

/// Flags of `build`.
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
    /// Bits per value of a score code: 1, 2, 3, 4 or 8
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = bits)]
    bits: u8,
    /// Keep full-precision vectors beside the codes, for mode exact
    #[arg(long)]
    keep_vectors: bool,
    #[command(flatten)]
    trees: TreeFlags,
    /// Language whose rules reduce words to the stems that mode bm25 looks for; none takes words as they are
    #[arg(long, default_value_t = Language::English, value_name = "LANGUAGE")]
    language: Language,
    /// Type of a field of metadata: keyword, integer, float, boolean, date or text; others are learnt from the first
    /// document that has them
    #[arg(long = "field", value_name = "NAME=TYPE", value_parser = field)]
    fields: Vec<(String, FieldType)>,
    /// Memory that the build may take, e.g. 2GiB; fewer encoder sessions run at once if it is little
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = ram_budget)]
    ram_budget: u64,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Seed of the rotation and of the router
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Memory of one encoder session with its longest batch.
const SESSION: u64 = 256 << 20;

impl Args {
    fn options(&self, plan: String) -> anyhow::Result<BuildOptions> {
        let mut fields = Fields::default();
        self.fields.iter().try_for_each(|(name, kind)| fields.declare(name, *kind))?;
        Ok(BuildOptions {
            bits: self.bits,
            seed: self.seed,
            keep_vectors: self.keep_vectors,
            raptor: self.trees.raptor()?,
            represent: self.trees.represent(),
            language: self.language,
            threads: flags::threads(self.threads),
            fields,
            plan,
            ..BuildOptions::default()
        })
    }

    /// Sessions that fit the budget beside the rest of a build.
    fn sessions(&self) -> usize {
        let fit = self.ram_budget.saturating_sub(MIN_RAM_BUDGET - SESSION) / SESSION;
        flags::threads(self.threads).min(usize::try_from(fit).unwrap_or(usize::MAX))
    }
}

fn bits(text: &str) -> Result<u8, String> {
    let known = text.parse().ok().filter(|bits| matches!(bits, 1 | 2 | 3 | 4 | 8));
    known.ok_or_else(|| format!("{text:?} is none of 1, 2, 3, 4, 8"))
}

fn field(text: &str) -> Result<(String, FieldType), String> {
    let (name, kind) = text.rsplit_once('=').ok_or_else(|| format!("{text:?} is not NAME=TYPE"))?;
    Ok((name.to_owned(), kind.parse().map_err(|e: Error| e.to_string())?))
}

fn ram_budget(text: &str) -> Result<u64, String> {
    let budget = flags::bytes(text)?;
    let enough = (budget >= MIN_RAM_BUDGET).then_some(budget);
    enough.ok_or_else(|| format!("too little, a build takes at least {}MiB", MIN_RAM_BUDGET >> 20))
}

/// Builds and publishes; an interrupted build goes on where it was when the same command is given again.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    args.kernels.apply()?;
    std::fs::create_dir_all(&args.collection.data)?;
    let store = args.remote.open(&args.collection)?;
    let (report, skipped) = match &args.source.vectors {
        Some(folder) => (from_vectors(args, &store, folder)?, 0),
        None => from_documents(args, &store)?,
    };
    let d = &report.description;
    let mut out = stdout();
    if args.json {
        let report = json!({
            "collection": d, "skipped": skipped, "resumed_documents": report.resumed_documents,
            "truncated_passages": report.truncated_passages, "truncated_tokens": report.truncated_tokens,
            "misfits": report.misfits.iter().map(|(field, misfit)| (field, json!(misfit))).collect::<BTreeMap<_, _>>(),
        });
        writeln!(out, "{report}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{}: generation {}, {} documents, {} passages, {} summaries{}, {} token vectors, {:.1} bytes each, in {:.1} s",
        d.name.as_str(),
        d.generation,
        d.documents,
        d.passages,
        d.nodes,
        if d.representations > 0 { format!(", {} representations", d.representations) } else { String::new() },
        d.token_vectors,
        d.index_bytes as f64 / d.token_vectors.max(1) as f64,
        d.build_seconds.unwrap_or(0.0),
    )?;
    if report.resumed_documents > 0 {
        writeln!(out, "resumed after {} documents of an interrupted build", report.resumed_documents)?;
    }
    if report.truncated_passages > 0 {
        writeln!(
            out,
            "{} passages cut at the encoder's limit, {} tokens in all",
            report.truncated_passages, report.truncated_tokens
        )?;
    }
    for (field, misfit) in &report.misfits {
        writeln!(
            out,
            "no filter sees {} in {} documents, first in {}: {}",
            printable(field),
            misfit.documents,
            printable(&misfit.document),
            printable(&misfit.reason)
        )?;
    }
    if skipped > 0 {
        writeln!(out, "{skipped} files or lines skipped, see above")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn from_documents(args: &Args, store: &Store) -> anyhow::Result<(BuildReport, u64)> {
    let splitting = args.passages.splitting()?;
    let mut corpus = Corpus::open(&args.source.input)?;
    let encoder = args.model.open(args.sessions())?;
    let options = args.options(format!("{} {splitting:?}", corpus.digest()))?;
    let (name, bar) = (&args.collection.collection, corpus.bar());
    let how = (&*encoder, splitting);
    let report =
        build_documents(&Context::unbounded(), (store, name), &options, how, &mut corpus, &mut |p| show(&bar, p))?;
    bar.finish_and_clear();
    Ok((report, corpus.skipped()))
}

fn from_vectors(args: &Args, store: &Store, folder: &Path) -> anyhow::Result<BuildReport> {
    let reader = VectorsReader::open(folder)?;
    let options = args.options(format!("vectors {}", reader.digest()?))?;
    let name = &args.collection.collection;
    let source = (reader.encoder()?, reader.width());
    let bar = ProgressBar::new(reader.len() as u64);
    let items = reader.map(|item| item.map_err(|e| Error::invalid("vectors", format!("{e:#}"))));
    let items = bar.wrap_iter(items);
    Ok(build_vectors(&Context::unbounded(), (store, name), &options, source, items, &mut |p| show(&bar, p))?)
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_message(match progress {
        Progress::Coded { passages, token_vectors, .. } => {
            format!("{passages} passages, {token_vectors} token vectors")
        }
        Progress::Fitting => "measuring what searches find".to_owned(),
        Progress::Growing => "growing the tree across documents".to_owned(),
        Progress::Training => "training the router".to_owned(),
        Progress::Routing { segment, segments } => format!("routing segment {segment} of {segments}"),
    });
}
