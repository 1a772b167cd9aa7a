//! `maxsim verify`: checks every byte of a collection.

use std::io::Write;
use std::process::ExitCode;

use maxsimd_engine::Context;
use serde_json::json;

use crate::flags::CollectionFlags;
use crate::out::stdout;

/// Flags of `verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    collection: CollectionFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Exits 1 and names file and section if anything is wrong.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (store, name) = args.collection.resolved()?;
    let damage = store.verify(&Context::unbounded(), &name)?;
    let mut out = stdout();
    if args.json {
        let damage: Vec<_> = damage.iter().map(|d| json!({"path": d.path, "error": d.error.to_string()})).collect();
        writeln!(out, "{}", json!({"collection": name, "ok": damage.is_empty(), "damage": damage}))?;
    } else if damage.is_empty() {
        writeln!(out, "{}: every byte is as it was written", name.as_str())?;
    } else {
        damage.iter().try_for_each(|damage| writeln!(out, "{}", damage.error))?;
    }
    Ok(if damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
