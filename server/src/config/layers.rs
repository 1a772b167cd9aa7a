//! A command line over the environment over a file over defaults. What a file says is put where clap keeps defaults.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, Error, Parser};

use super::file::Settings;

/// The argument that names the file; commands that have it take settings from one.
pub(super) const CONFIG: &str = "config";

/// What the process was told. Help, version and usage errors end it.
pub fn parse<P: Parser>() -> P {
    parse_from(env::args_os().collect()).unwrap_or_else(|error| error.exit())
}

/// What arguments say, the first of which is the program, over the same layers.
pub fn parse_from<P: Parser>(arguments: Vec<OsString>) -> Result<P, Error> {
    let command = map(P::command(), &mut switches);
    let first = command.clone().ignore_errors(true).try_get_matches_from(&arguments)?;
    let Some(path) = config_of(&first) else {
        return P::from_arg_matches(&command.try_get_matches_from(&arguments)?);
    };
    let refuse = |reason: String| Error::raw(ErrorKind::ValueValidation, format!("{reason}\n"));
    let settings = Settings::read(&path).map_err(|error| refuse(error.to_string()))?;
    let mut problem = Ok(());
    let mut below = |command: Command| {
        problem = std::mem::replace(&mut problem, Ok(())).and_then(|()| settings.check(&command));
        command.mut_args(|arg| match settings.of(&arg) {
            Some(values) => arg.default_values(values).required(false),
            None => arg,
        })
    };
    let command = map(command, &mut below);
    problem.map_err(|error| refuse(error.to_string()))?;
    let matches = command.try_get_matches_from(&arguments).map_err(|error| placed(error, &settings, &arguments))?;
    P::from_arg_matches(&matches)
}

/// Changes every command that takes settings from a file.
fn map(command: Command, change: &mut dyn FnMut(Command) -> Command) -> Command {
    let takes = command.get_arguments().any(|arg| arg.get_id() == CONFIG);
    let command = if takes { change(command) } else { command };
    command.mut_subcommands(|subcommand| map(subcommand, change))
}

/// A switch may also be given a value, so that what a file turns on can be turned off: `--preload=false`.
fn switches(command: Command) -> Command {
    command.mut_args(|arg| match arg.get_action() {
        ArgAction::SetTrue => switch(arg),
        _ => arg,
    })
}

fn switch(arg: Arg) -> Arg {
    let arg = arg.action(ArgAction::Set).value_parser(BoolishValueParser::new()).num_args(0..=1).require_equals(true);
    arg.default_missing_value("true").default_value("false").hide_default_value(true).value_name("BOOL")
}

/// The file of the command that was asked for.
fn config_of(matches: &ArgMatches) -> Option<PathBuf> {
    let mut matches = matches;
    while let Some((_, deeper)) = matches.subcommand() {
        matches = deeper;
    }
    matches.try_get_one::<PathBuf>(CONFIG).ok().flatten().cloned()
}

/// An error that says where a value is from, if that is the file.
fn placed(error: Error, settings: &Settings, arguments: &[OsString]) -> Error {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return error };
    let flag = argument.split([' ', '=', '[']).next().unwrap_or_default().to_owned();
    let given = arguments.iter().any(|given| given.to_string_lossy().split('=').next() == Some(flag.as_str()));
    let name = flag.trim_start_matches('-');
    if given || !settings.has(name) || env::var_os(variable(name)).is_some() {
        return error;
    }
    let text = error.to_string();
    let text = text.trim_start_matches("error: ");
    Error::raw(ErrorKind::ValueValidation, format!("{}: {text}", settings.path.display()))
}

/// The variable of a setting.
pub(super) fn variable(name: &str) -> String {
    format!("MAXSIMD_{}", name.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Flags;

    #[derive(Debug, Parser)]
    struct Tool {
        #[command(subcommand)]
        what: What,
    }

    #[derive(Debug, clap::Subcommand)]
    enum What {
        Serve {
            #[command(flatten)]
            flags: Box<Flags>,
        },
        /// Has an argument of the same name as a setting.
        Other {
            #[arg(long)]
            threads: Option<String>,
        },
    }

    fn flags(file: &str, more: &[&str]) -> Result<Flags, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("m.toml");
        std::fs::write(&path, file).expect("written");
        let arguments = ["maxsim", "serve", "--config", path.to_str().expect("UTF-8")];
        let arguments = arguments.iter().chain(more).map(OsString::from).collect();
        match parse_from::<Tool>(arguments).map_err(|error| error.to_string())?.what {
            What::Serve { flags } => Ok(*flags),
            What::Other { .. } => Err("another command".to_owned()),
        }
    }

    #[test]
    fn flags_come_before_a_file_and_a_file_before_defaults() {
        let file =
            "data = \"there\"\nthreads = 3\nqueue = 7\npreload = true\nlock-memory = true\nallow-host = [\"a\", \"b\"]";
        let flags = flags(file, &["--queue", "9", "--preload=false"]).unwrap();
        assert_eq!(flags.data, Path::new("there"));
        assert_eq!((flags.threads, flags.queue), (Some(3), 9));
        assert_eq!((flags.preload, flags.lock_memory, flags.allow_remote_fs), (false, true, false));
        assert_eq!(flags.sites.allow_host, ["a", "b"]);
        assert_eq!(flags.limits.connections, 1024);
    }

    #[test]
    fn what_is_wrong_in_a_file_is_said_with_the_file() {
        let error = flags("data = \"d\"\nthreads = 0", &[]).unwrap_err();
        assert!(error.contains("m.toml") && error.contains("--threads"), "{error}");
        let error = flags("data = \"d\"\nthreads = 1", &["--threads", "0"]).unwrap_err();
        assert!(!error.contains("m.toml") && error.contains("--threads"), "{error}");
        assert!(flags("", &[]).unwrap_err().contains("--data"));
        assert!(flags("thread = 1", &["--data", "d"]).unwrap_err().contains("threads is meant"));
        let missing = ["maxsim", "serve", "--config", "/nowhere/m.toml"].map(OsString::from).to_vec();
        assert!(parse_from::<Tool>(missing).unwrap_err().to_string().contains("/nowhere/m.toml"));
    }

    #[test]
    fn commands_without_a_file_are_left_alone() {
        let arguments = ["maxsim", "other", "--threads", "many"].map(OsString::from).to_vec();
        let parsed = parse_from::<Tool>(arguments).unwrap();
        assert!(matches!(parsed.what, What::Other { threads: Some(threads) } if threads == "many"));
    }
}
