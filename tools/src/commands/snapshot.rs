//! `maxsim snapshot`: a collection as one file that restores it elsewhere; also while a daemon serves it and writes.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use maxsimd_engine::Context;
use maxsimd_engine::collection::Generation;
use serde_json::json;

use crate::flags::CollectionFlags;
use crate::out::stdout;

/// Flags of `snapshot`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    collection: CollectionFlags,
    /// File to write, or - for standard output (what is said about it goes to standard error then)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Writes the published generation; operations that only the log has are not in it, which is said.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (store, name) = args.collection.resolved()?;
    let generation = store.open_generation(&name)?;
    let piped = args.out == Path::new("-");
    let bytes = match piped {
        true => generation.snapshot(&Context::unbounded(), &mut stdout())?,
        false => to_file(&generation, &args.out).with_context(|| args.out.display().to_string())?,
    };
    let d = generation.description();
    let waiting = store.log(&name)?.waiting;
    let report = match args.json {
        true => json!({"collection": d, "bytes": bytes, "waiting": waiting}).to_string(),
        false => {
            let left_out = if waiting == 0 { "" } else { "; operations that wait in the log and are not in it: " };
            let number = if waiting == 0 { String::new() } else { waiting.to_string() };
            let (name, documents) = (name.as_str(), d.documents);
            format!("{name}: generation {}, {documents} documents, {bytes} bytes{left_out}{number}", d.generation)
        }
    };
    match piped {
        true => eprintln!("{report}"),
        false => writeln!(stdout(), "{report}")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Under a temporary name until it is whole and durable.
fn to_file(generation: &Generation, path: &Path) -> anyhow::Result<u64> {
    let mut partial = OsString::from(path);
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let write = || -> anyhow::Result<u64> {
        let mut file = File::create(&partial)?;
        let bytes = generation.snapshot(&Context::unbounded(), &mut file)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(bytes)
    };
    write().inspect_err(|_| drop(fs::remove_file(&partial)))
}
