//! `maxsim compact`: as few segments as can be, and nothing stored that is deleted.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::flags::{CollectionFlags, ModelFlags, RemoteFlags};
use crate::out::stdout;
use crate::writing::Writing;

/// Flags of `compact`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    collection: CollectionFlags,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    model: ModelFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Applies what waits, then merges segments, purges what is deleted, trains the router if that is due and mends the tree
/// across documents.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = args.remote.open(&args.collection)?;
    let name = store.resolve(&args.collection.collection)?;
    let mut writing = Writing::open(&store, &name, &args.model, None)?;
    let failed = writing.apply()?;
    let before = writing.live.generation();
    writing.compact_all()?;
    let after = writing.live.generation();
    let (before, d) = (before.description(), after.description());
    failed.iter().for_each(|failed| eprintln!("{failed}"));
    if args.json {
        let report = json!({
            "collection": d, "segments_before": before.segments, "purged_passages": before.deleted_passages,
        });
        writeln!(stdout(), "{report}")?;
    } else {
        writeln!(
            stdout(),
            "{}: generation {}, {} segments of {}, {} deleted passages purged",
            d.name.as_str(),
            d.generation,
            d.segments,
            before.segments,
            before.deleted_passages
        )?;
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
