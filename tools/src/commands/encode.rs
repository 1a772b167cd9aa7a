//! `maxsim encode`: texts to token vectors in files.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use maxsimd_engine::Context;
use maxsimd_engine::build::Windows;
use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::encode::Encoder;
use serde_json::json;

use crate::corpus::Corpus;
use crate::flags::{self, ModelFlags, PassageFlags};
use crate::out::stdout;
use crate::vectors::VectorsWriter;

/// Queries encoded at a time.
const QUERIES: usize = 64;

/// Flags of `encode`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders with texts; JSONL in BEIR layout
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    input: Vec<PathBuf>,
    /// Folder for vectors.npy, offsets.npy, ids.json
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The texts are queries
    #[arg(long)]
    queries: bool,
    #[command(flatten)]
    passages: PassageFlags,
    #[command(flatten)]
    model: ModelFlags,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Encodes passages, or with `--queries` whole texts as queries.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let encoder = args.model.open(flags::threads(args.threads))?;
    let mut corpus = Corpus::open(&args.input)?;
    let mut out = VectorsWriter::create(&args.out, &EncoderId::of(&*encoder), encoder.width())?;
    let (texts, truncated) = match args.queries {
        true => queries(&*encoder, &mut corpus, &mut out)?,
        false => passages(args, &*encoder, &mut corpus, &mut out)?,
    };
    let (rows, skipped) = (out.rows(), corpus.skipped());
    out.finish()?;
    corpus.bar().finish_and_clear();
    if args.json {
        let report = json!({"texts": texts, "token_vectors": rows, "width": encoder.width(), "skipped": skipped, "truncated": truncated, "encoder": EncoderId::of(&*encoder)});
        writeln!(stdout(), "{report}")?;
    } else {
        writeln!(
            stdout(),
            "{texts} texts, {rows} token vectors of width {}, {truncated} texts cut, {skipped} skipped",
            encoder.width()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn queries(encoder: &dyn Encoder, corpus: &mut Corpus, out: &mut VectorsWriter) -> anyhow::Result<(usize, usize)> {
    let (mut count, mut truncated) = (0, 0);
    loop {
        let documents: Vec<_> = corpus.take(QUERIES).collect();
        if documents.is_empty() {
            return Ok((count, truncated));
        }
        let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
        let encoded = encoder.encode_queries(&Context::unbounded(), &texts)?;
        for (document, encoded) in documents.iter().zip(&encoded) {
            out.push(document.id.clone(), (&document.title, &document.text), document, &encoded.vectors)?;
            truncated += usize::from(encoded.truncated_tokens > 0);
        }
        count += documents.len();
    }
}

fn passages(
    args: &Args,
    encoder: &dyn Encoder,
    corpus: &mut Corpus,
    out: &mut VectorsWriter,
) -> anyhow::Result<(usize, usize)> {
    let (mut count, mut truncated) = (0, 0);
    for window in Windows::new(corpus, args.passages.splitting()?, encoder) {
        let window = window?;
        let texts: Vec<&str> = window.items.iter().map(|item| item.text.as_str()).collect();
        let encoded = encoder.encode_passages(&Context::unbounded(), &texts)?;
        for (item, encoded) in window.items.iter().zip(&encoded) {
            let id = match args.passages.no_split {
                true => item.document.id.clone(),
                false => format!("{}#{}", item.document.id, item.number),
            };
            let text = &item.document.text[item.span.start..item.span.end];
            out.push(id, (&item.document.title, text), &item.document, &encoded.vectors)?;
            truncated += usize::from(encoded.truncated_tokens > 0);
        }
        count += window.items.len();
    }
    Ok((count, truncated))
}
