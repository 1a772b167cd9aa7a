//! `compare`: maxsimd against its peers, on the same vectors in the same run.

mod clock;
mod commands;
mod dataset;
mod engines;
mod exact;
mod machine;
mod maxsim_cpu;
mod npy;
mod pca;
mod plots;
mod process;
mod python;
mod quality;
mod queries;
mod searcher;
mod section;
mod stats;
mod table;
mod texts;
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
    Peers(commands::peers::Args),
    Scale(commands::scale::Args),
    Kernels(commands::kernels::Args),
    #[command(hide = true)]
    BuildOurs(commands::build::OursArgs),
    #[command(hide = true)]
    BuildNextPlaid(commands::build::NextPlaidArgs),
    #[command(hide = true)]
    BuildTantivy(commands::build::TantivyArgs),
    #[command(hide = true)]
    Cold(commands::scale::ColdArgs),
}

fn main() -> anyhow::Result<()> {
    process::hold_blas_to_one_thread()?;
    let cli = Cli::parse();
    let report = match &cli.command {
        Command::Peers(args) => return commands::peers::run(args, cli.json),
        Command::Scale(args) => commands::scale::run(args)?,
        Command::Kernels(args) => commands::kernels::run(args)?,
        Command::BuildOurs(args) => return commands::build::ours(args),
        Command::BuildNextPlaid(args) => return commands::build::next_plaid(args),
        Command::BuildTantivy(args) => return commands::build::tantivy(args),
        Command::Cold(args) => return commands::scale::cold(args),
    };
    report.print(cli.json);
    Ok(())
}
