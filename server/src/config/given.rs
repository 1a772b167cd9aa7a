//! Flags, with where each value is from.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use super::Flags;
use super::file::{Kind, NOT_IN_FILES, Settings};
use super::layers::CONFIG;

/// Where a value is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// A flag.
    Flag,
    /// The environment.
    Environment,
    /// The file of settings.
    File,
    /// Nobody said anything.
    Default,
}

impl Layer {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

/// One setting as it was given.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name, that of the flag.
    pub name: String,
    /// What kind of value it has.
    pub(super) kind: Kind,
    /// Its values as texts; none if it has none.
    pub values: Vec<String>,
    /// Where they are from.
    pub from: Layer,
}

/// All flags of a daemon, and the settings that they were made of.
#[derive(Debug, Clone)]
pub struct Given {
    /// What they say.
    pub flags: Flags,
    /// One by one, in the order of the help.
    pub settings: Vec<Setting>,
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let flags = Flags::from_arg_matches(matches)?;
        let file = flags.config.as_deref().and_then(|path| Settings::read(path).ok());
        let command = Flags::augment_args(Command::new(CONFIG));
        let args =
            command.get_arguments().filter(|arg| arg.get_long().is_some_and(|name| !NOT_IN_FILES.contains(&name)));
        let settings = args.map(|arg| setting(arg, matches, file.as_ref())).collect();
        Ok(Self { flags, settings })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn setting(arg: &Arg, matches: &ArgMatches, file: Option<&Settings>) -> Setting {
    let (id, name) = (arg.get_id().as_str(), arg.get_long().unwrap_or_default().to_owned());
    let raw = matches.try_get_raw(id).ok().flatten();
    let values = raw.into_iter().flatten().map(|value| value.to_string_lossy().into_owned()).collect();
    let from = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Layer::Flag,
        Some(ValueSource::EnvVariable) => Layer::Environment,
        _ if file.is_some_and(|file| file.has(&name)) => Layer::File,
        _ => Layer::Default,
    };
    Setting { name, kind: Kind::of(arg), values, from }
}
