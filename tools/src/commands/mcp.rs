//! `maxsim mcp`: the collections of a daemon as tools for a language model.

use std::process::ExitCode;

use maxsimd_engine::collection::CollectionName;

use crate::flags::DaemonFlags;
use crate::mcp::{Daemon, serve};

/// What is said of it below its flags.
const REGISTER: &str = "\
A client starts it and speaks to it over standard input and output; standard output carries nothing else. Most are told so:

  {\"mcpServers\": {\"docs\": {\"command\": \"/path/to/maxsim\", \"args\": [\"mcp\", \"--collection\", \"docs\"]}}}

A key goes into \"env\": {\"MAXSIMD_KEY\": \"...\"}, or into a file that --key-file names. A key of scope read is enough.";

/// Flags of `mcp`.
#[derive(Debug, clap::Args)]
#[command(after_help = REGISTER)]
pub struct Args {
    /// Where the daemon is; `maxsim serve --data DIR` starts one
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    #[command(flatten)]
    daemon: DaemonFlags,
    /// Collection, or alias, that is meant where a call names none [default: the only one there is]
    #[arg(long, value_name = "NAME", value_parser = CollectionName::parse)]
    collection: Option<CollectionName>,
}

/// Serves until its client closes standard input, or until SIGTERM or SIGINT.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let collection = args.collection.as_ref().map(|name| name.as_str().to_owned());
    serve(Daemon::new(args.daemon.target(&args.url)?, collection))?;
    Ok(ExitCode::SUCCESS)
}
