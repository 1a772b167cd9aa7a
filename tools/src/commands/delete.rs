//! `maxsim delete`: documents out of a collection, by id or by what they are.

use std::io::Write;
use std::process::ExitCode;

use maxsimd_engine::live::{Change, MAX_DOCUMENTS};
use serde_json::json;

use crate::flags::{self, CollectionFlags, ModelFlags, RemoteFlags};
use crate::out::stdout;
use crate::writing::Writing;

/// Flags of `delete`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ids of documents; one that there is not is no error
    #[arg(long = "id", num_args = 1.., value_name = "ID", required_unless_present = "filter", conflicts_with = "filter")]
    ids: Vec<String>,
    /// All documents that match, e.g. 'year < 2000'
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
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

/// Deletes documents; what is durable is applied before this ends.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = args.remote.open(&args.collection)?;
    let name = store.resolve(&args.collection.collection)?;
    let mut writing = Writing::open(&store, &name, &args.model, None)?;
    // What waits may add documents, and fields that a filter names.
    let mut failed = writing.apply()?;
    let before = writing.live.generation();
    let changes = match &args.filter {
        Some(filter) => vec![Change::DeleteMatching(flags::filter(filter, &before)?.to_json())],
        None => args.ids.chunks(MAX_DOCUMENTS).map(|ids| Change::Delete(ids.to_vec())).collect(),
    };
    for change in changes {
        writing.live.submit(change, None)?;
    }
    failed.extend(writing.apply()?);
    writing.compact()?;
    let generation = writing.live.generation();
    let d = generation.description();
    let deleted = before.description().documents.saturating_sub(d.documents);
    failed.iter().for_each(|failed| eprintln!("{failed}"));
    if args.json {
        writeln!(stdout(), "{}", json!({"collection": d, "deleted": deleted}))?;
    } else {
        let name = d.name.as_str();
        writeln!(stdout(), "{name}: generation {}, {deleted} documents deleted, {} left", d.generation, d.documents)?;
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
