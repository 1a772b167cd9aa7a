//! The command line: every subcommand once, each in a file of its own.

use std::process::ExitCode;

use clap::Parser;
use maxsimd_server::commands::{ConfigArgs, KeysArgs};

use crate::commands::{
    add, alias, ask, bench, build, calibrate, compact, completions, delete, doctor, encode, eval, inspect, judge, man,
    mcp, models, quickstart, restore, search, serve, snapshot, verify,
};
use crate::read;

/// Late-interaction search from the command line: build, search, serve and evaluate multi-vector indexes
#[derive(Debug, Parser)]
#[command(name = "maxsim", version, arg_required_else_help = true)]
pub enum Command {
    /// Pull, list and verify what the defaults need
    Models(models::Args),
    /// Turn texts into token vectors (vectors.npy, offsets.npy, ids.json)
    Encode(encode::Args),
    /// Build a collection from files and folders, or from token vectors
    Build(build::Args),
    /// Add documents to a collection, in place of those that have their ids
    Add(add::Args),
    /// Delete documents from a collection, by id or by filter
    Delete(delete::Args),
    /// Merge the segments of a collection and purge what is deleted
    Compact(compact::Args),
    /// Write a collection to one file
    Snapshot(snapshot::Args),
    /// Make a collection of a snapshot
    Restore(restore::Args),
    /// List, set and remove other names of collections
    Alias(alias::Args),
    /// Search a collection
    Search(search::Args),
    /// Answer a question from a collection, with where every sentence is from
    Ask(ask::Args),
    /// Fit to judged questions when there is no answer, for the encoder of a collection
    Calibrate(calibrate::Args),
    /// Serve the collections of a folder over HTTP (as maxsimd does)
    Serve(serve::Args),
    /// Be an MCP server: tools for a language model to search, read and cite the collections of a daemon
    Mcp(mcp::Args),
    /// Check or print the settings of a daemon
    Config(ConfigArgs),
    /// Make keys for a daemon
    Keys(KeysArgs),
    /// Measure ranking quality and speed on a data set in BEIR layout
    Eval(eval::Args),
    /// Judge rankings in TREC format, and compare them
    Judge(judge::Args),
    /// Measure latency and throughput of a server under load, without hiding what waits
    Bench(bench::Args),
    /// Show what a collection holds
    Inspect(inspect::Args),
    /// Check every byte of a collection; exits 1 if anything is wrong
    Verify(verify::Args),
    /// See it work: pull, build from the example corpus, serve, ask
    Quickstart(quickstart::Args),
    /// Say what works on this machine, and what to do about what does not
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Write manual pages of maxsim and maxsimd
    Man(man::Args),
    /// Parse one untrusted file under limits (started by `build`)
    #[command(hide = true)]
    Extract {
        /// Kind and limits
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

impl Command {
    /// Runs the command; its exit code is 0 for done and 1 for failed (2 is for usage and comes from parsing).
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Models(args) => models::run(&args),
            Self::Encode(args) => encode::run(&args),
            Self::Build(args) => build::run(&args),
            Self::Add(args) => add::run(&args),
            Self::Delete(args) => delete::run(&args),
            Self::Compact(args) => compact::run(&args),
            Self::Snapshot(args) => snapshot::run(&args),
            Self::Restore(args) => restore::run(&args),
            Self::Alias(args) => alias::run(&args),
            Self::Search(args) => search::run(&args),
            Self::Ask(args) => ask::run(&args),
            Self::Calibrate(args) => calibrate::run(&args),
            Self::Serve(args) => serve::run(args),
            Self::Mcp(args) => mcp::run(&args),
            Self::Config(args) => Ok(args.run()),
            Self::Keys(args) => Ok(args.run()),
            Self::Eval(args) => eval::run(&args),
            Self::Judge(args) => judge::run(&args),
            Self::Bench(args) => bench::run(&args),
            Self::Inspect(args) => inspect::run(&args),
            Self::Verify(args) => verify::run(&args),
            Self::Quickstart(args) => quickstart::run(&args),
            Self::Doctor(args) => doctor::run(&args),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args),
            Self::Extract { arguments } => Ok(read::extract_child_main(&arguments)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn flags_are_consistent_and_every_subcommand_says_what_it_does() {
        let command = super::Command::command();
        command.clone().debug_assert();
        for subcommand in command.get_subcommands() {
            assert!(subcommand.get_about().is_some(), "{}", subcommand.get_name());
            for argument in subcommand.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", subcommand.get_name(), argument.get_id());
            }
        }
    }
}
