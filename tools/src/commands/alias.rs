//! `maxsim alias`: other names of collections, and what they stand for.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use maxsimd_engine::collection::{CollectionName, Store};
use serde_json::json;

use crate::flags::RemoteFlags;
use crate::out::stdout;

/// Flags of `alias`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder that holds the collections
    #[arg(long, value_name = "DIR", env = "MAXSIMD_DATA")]
    data: PathBuf,
    #[command(flatten)]
    remote: RemoteFlags,
    /// Let an alias stand for a collection, whatever it stood for before
    #[arg(long, value_name = "ALIAS=COLLECTION", value_parser = pair, conflicts_with = "remove")]
    set: Option<(CollectionName, CollectionName)>,
    /// Remove an alias; the collection stays
    #[arg(long, value_name = "ALIAS", value_parser = CollectionName::parse)]
    remove: Option<CollectionName>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn pair(text: &str) -> Result<(CollectionName, CollectionName), String> {
    let (alias, target) = text.split_once('=').ok_or_else(|| format!("{text:?} is not ALIAS=COLLECTION"))?;
    let name = |name| CollectionName::parse(name).map_err(|error| error.to_string());
    Ok((name(alias)?, name(target)?))
}

/// Changes what was asked for, then lists all.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = args.remote.allow(Store::open(&args.data)?);
    if let Some((alias, target)) = &args.set {
        store.set_alias(alias, target)?;
    }
    if let Some(alias) = &args.remove {
        ensure!(store.remove_alias(alias)?, "there is no alias {}", alias.as_str());
    }
    let (aliases, mut out) = (store.aliases()?, stdout());
    if args.json {
        writeln!(out, "{}", json!({"aliases": aliases}))?;
    } else {
        aliases.iter().try_for_each(|(alias, target)| writeln!(out, "{} = {}", alias.as_str(), target.as_str()))?;
    }
    Ok(ExitCode::SUCCESS)
}
