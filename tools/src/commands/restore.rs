//! `maxsim restore`: a collection out of a snapshot.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use maxsimd_engine::Context;
use serde_json::json;

use crate::flags::{CollectionFlags, RemoteFlags};
use crate::out::stdout;

/// Flags of `restore`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    collection: CollectionFlags,
    #[command(flatten)]
    remote: RemoteFlags,
    /// File that `maxsim snapshot` wrote, or - for standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Makes a new collection; checks every byte before there is one, and leaves nothing behind if something is wrong.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut input: Box<dyn Read> = match args.input == Path::new("-") {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(File::open(&args.input).with_context(|| args.input.display().to_string())?),
    };
    std::fs::create_dir_all(&args.collection.data)?;
    let store = args.remote.open(&args.collection)?;
    let restored = store.restore(&Context::unbounded(), &args.collection.collection, &mut *input);
    let d = restored.with_context(|| args.input.display().to_string())?;
    if args.json {
        writeln!(stdout(), "{}", json!({"collection": d}))?;
    } else {
        let name = d.name.as_str();
        writeln!(
            stdout(),
            "{name}: generation {}, {} documents, {} passages; every byte is as it was written",
            d.generation,
            d.documents,
            d.passages
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
