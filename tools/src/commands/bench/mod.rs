//! `maxsim bench`: how a server does under load.

mod compare;
mod flags;
mod merge;
mod server;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use flags::BenchFlags;
use serde_json::Value;
use server::Server;

use crate::load::{
    Ask, Asked, Load, Machine, Manifest, Measured, Pace, Report, Requests, Run, measure, print, write_files,
};
use crate::reach::Target;
use crate::{flags as shared, out::stdout};

/// Flags of `bench`.
#[derive(Debug, clap::Args)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    flags: Option<BenchFlags>,
}

#[derive(Debug, clap::Subcommand)]
enum Other {
    /// Make one report of those of several processes that ran at the same time
    Merge(merge::Args),
    /// Put reports of modes, settings or servers beside each other, in a table and in plots
    Compare(compare::Args),
}

/// Measures, or merges what was measured.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match (&args.other, &args.flags) {
        (Some(Other::Merge(args)), _) => merge::run(args),
        (Some(Other::Compare(args)), _) => compare::run(args),
        (None, Some(flags)) => bench(flags),
        (None, None) => anyhow::bail!("nothing is said of what to measure; see `maxsim bench --help`"),
    }
}

fn bench(flags: &BenchFlags) -> anyhow::Result<ExitCode> {
    let target = Arc::new(flags.target()?);
    let queries = flags.asked()?;
    let documents = flags.documents()?;
    let requests = Arc::new(Requests::new(&ask(flags, &documents), &queries, flags.seed)?);
    let server = Server::new(&target, flags.api, flags.collection());
    let manifest = manifest(flags, [queries.len(), documents.len()], (server.version()?, server.collection()?))?;
    let measured = flags.paces().into_iter().map(|pace| one(flags, pace, &target, &requests)).collect();
    requests.cleaning().map(|documents| server.clean(&documents)).transpose()?;
    report(flags, measured, manifest)
}

fn ask<'a>(flags: &'a BenchFlags, documents: &'a [String]) -> Ask<'a> {
    let BenchFlags { workload, api, mode, k, .. } = *flags;
    Ask { workload, api, collection: flags.collection(), mode, k, documents }
}

/// A run, whose figures are of the server.
fn one(
    flags: &BenchFlags,
    pace: Pace,
    target: &Arc<Target>,
    requests: &Arc<Requests>,
) -> anyhow::Result<(Run, Measured)> {
    let load = Load {
        target: Arc::clone(target),
        requests: Arc::clone(requests),
        pace,
        warmup: flags.warmup(),
        duration: flags.duration,
        connections: flags.connections(),
        timeout: flags.timeout,
        seed: flags.seed,
    };
    let measured = measure(&load)?;
    let run = Run::new(&load, flags.slo.as_ref(), &measured)?;
    run.check()?;
    Ok((run, measured))
}

fn manifest(
    flags: &BenchFlags,
    [queries, documents]: [usize; 2],
    (server, collection): (Value, Value),
) -> anyhow::Result<Manifest> {
    let BenchFlags { workload, api, k, seed, .. } = *flags;
    let vectors = flags.vectors.is_some();
    Ok(Manifest {
        date: shared::now()?,
        command: std::env::args().collect(),
        seed,
        asked: Asked {
            url: flags.url.clone(),
            workload,
            api,
            mode: flags.mode.name().to_owned(),
            k,
            queries,
            documents,
            vectors,
        },
        client: concat!("maxsim ", env!("CARGO_PKG_VERSION")).to_owned(),
        server,
        collection,
        machine: Machine::here(),
    })
}

fn report(
    flags: &BenchFlags,
    measured: anyhow::Result<Vec<(Run, Measured)>>,
    manifest: Manifest,
) -> anyhow::Result<ExitCode> {
    let (runs, measured): (Vec<Run>, Vec<Measured>) = measured?.into_iter().unzip();
    let report = Report::new(runs, flags.slo, vec![manifest]);
    said(&report, flags.json, flags.out.as_deref(), &measured)
}

/// Prints and writes it; a server that answered nothing has failed.
fn said(report: &Report, json: bool, out: Option<&Path>, measured: &[Measured]) -> anyhow::Result<ExitCode> {
    if let Some(folder) = out {
        write_files(folder, report, measured)?;
    }
    print(&mut stdout(), report, json)?;
    let answered = report.runs.iter().any(|run| run.answered > 0);
    Ok(if answered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Report::parse(&text).with_context(|| path.display().to_string())
}
