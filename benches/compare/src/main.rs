//! `compare`: maxsimd against next-plaid and maxsim-cpu, on the same vectors in the same run.

mod clock;
mod commands;
mod exact;
mod maxsim_cpu;
mod npy;
mod ours;
mod pca;
mod peer;
mod process;
mod quality;
mod queries;
mod searcher;
mod stats;
mod table;
mod vectors;
mod work;

use clap::{Parser, Subcommand};

/// maxsimd against its peers, on the same vectors in the same run.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object instead of a table
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(commands::build::Args),
    Search(commands::search::Args),
    Throughput(commands::throughput::Args),
    Hidden(commands::hidden::Args),
    Kernels(commands::kernels::Args),
    #[command(hide = true)]
    BuildOurs(commands::build::OursArgs),
    #[command(hide = true)]
    BuildPeer(commands::build::PeerArgs),
}

fn main() -> anyhow::Result<()> {
    process::hold_blas_to_one_thread()?;
    let cli = Cli::parse();
    let report = match &cli.command {
        Command::Build(args) => commands::build::run(args)?,
        Command::Search(args) => commands::search::run(args)?,
        Command::Throughput(args) => commands::throughput::run(args)?,
        Command::Hidden(args) => commands::hidden::run(args)?,
        Command::Kernels(args) => commands::kernels::run(args)?,
        Command::BuildOurs(args) => return commands::build::ours(args),
        Command::BuildPeer(args) => return commands::build::peer(args),
    };
    report.print(cli.json);
    Ok(())
}
