//! The program `maxsimd`: what its command line may say.

use std::process::ExitCode;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser};

use crate::Flags;
use crate::commands::{ConfigArgs, HealthArgs, KeysArgs};

/// Late-interaction search over HTTP: serves the collections of a folder
#[derive(Debug, Parser)]
#[command(name = "maxsimd", version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Program {
    // Before the subcommand, which whoever reads it takes away.
    #[command(flatten)]
    serving: Serving,
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// Flags of a daemon, unless something else than serving is asked for.
#[derive(Debug)]
struct Serving(Option<Box<Flags>>);

impl Args for Serving {
    fn augment_args(command: clap::Command) -> clap::Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Flags::augment_args_for_update(command)
    }
}

impl FromArgMatches for Serving {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let flags = matches.subcommand_name().is_none().then(|| Flags::from_arg_matches(matches));
        Ok(Self(flags.transpose()?.map(Box::new)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// Check or print the settings of a daemon
    Config(ConfigArgs),
    /// Make keys for a daemon
    Keys(KeysArgs),
    /// Ask the daemon that has these settings whether it is ready; exits 1 if it is not
    Health(HealthArgs),
}

impl Program {
    /// What it may be told, for help, manuals and completions.
    pub fn command() -> clap::Command {
        <Self as CommandFactory>::command()
    }

    /// Does what it was told.
    pub fn run(self) -> ExitCode {
        match (self.instead, self.serving) {
            (Some(Instead::Config(args)), _) => args.run(),
            (Some(Instead::Keys(args)), _) => args.run(),
            (Some(Instead::Health(args)), _) => args.run(),
            (None, Serving(Some(flags))) => crate::main(*flags),
            // No subcommand was named, so that there are flags.
            (None, Serving(None)) => ExitCode::from(2),
        }
    }
}
