//! Settings in a file: TOML, whose keys are the names of flags.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use super::nearest::nearest;

/// Largest file of settings.
const MOST_BYTES: u64 = 1 << 20;
/// Settings that say where settings are.
pub(super) const NOT_IN_FILES: [&str; 3] = ["config", "help", "version"];

/// Why a file holds no settings.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub(super) struct FileError {
    path: PathBuf,
    reason: String,
}

/// What kind of value a setting has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `true` or `false`.
    Switch,
    /// A number.
    Number,
    /// A text.
    Text,
    /// Several texts.
    Texts,
}

impl Kind {
    /// As an argument takes it.
    pub(super) fn of(arg: &Arg) -> Self {
        use std::any::TypeId;
        let parser: &ValueParser = arg.get_value_parser();
        let kind = parser.type_id();
        let is = |other: TypeId| kind == other;
        if matches!(arg.get_action(), ArgAction::Append) {
            Self::Texts
        } else if matches!(arg.get_action(), ArgAction::SetTrue) || is(TypeId::of::<bool>()) {
            Self::Switch
        } else if [TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<f64>()].into_iter().any(is) {
            Self::Number
        } else {
            Self::Text
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Switch => "true or false",
            Self::Number => "a number",
            Self::Text => "a text in quotes",
            Self::Texts => "a list of texts in quotes",
        }
    }

    /// The values as they would stand on a command line.
    fn texts(self, value: &Value) -> Option<Vec<String>> {
        match (self, value) {
            (Self::Switch, Value::Boolean(value)) => Some(vec![value.to_string()]),
            (Self::Number, Value::Integer(value)) => Some(vec![value.to_string()]),
            (Self::Number, Value::Float(value)) => Some(vec![value.to_string()]),
            (Self::Text, Value::String(value)) => Some(vec![value.clone()]),
            (Self::Texts, Value::Array(values)) => {
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        }
    }
}

/// Settings of a file.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) path: PathBuf,
    values: Table,
}

impl Settings {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let refuse = |reason: String| FileError { path: path.to_path_buf(), reason };
        let mut text = String::new();
        let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
        let read = file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| refuse(error.to_string()))?;
        if u64::try_from(read).is_ok_and(|read| read > MOST_BYTES) {
            return Err(refuse(format!("more than {MOST_BYTES} bytes of settings")));
        }
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let refuse = |error: toml::de::Error| FileError { path: path.to_path_buf(), reason: error.to_string() };
        Ok(Self { path: path.to_path_buf(), values: text.parse().map_err(refuse)? })
    }

    /// Refuses settings that no argument of a command is called after.
    pub(super) fn check(&self, command: &Command) -> Result<(), FileError> {
        let refuse = |reason: String| FileError { path: self.path.clone(), reason };
        let names = || command.get_arguments().filter_map(Arg::get_long).filter(|name| !NOT_IN_FILES.contains(name));
        for name in self.values.keys() {
            if !names().any(|known| known == name) {
                let meant = nearest(name, names()).map_or(String::new(), |meant| format!("; {meant} is meant?"));
                return Err(refuse(format!("there is no setting {name}{meant}")));
            }
        }
        for arg in command.get_arguments() {
            if let Some(value) = self.value(arg)
                && Kind::of(arg).texts(value).is_none()
            {
                let name = arg.get_long().unwrap_or_default();
                return Err(refuse(format!("{name} is {}, not {value}", Kind::of(arg).name())));
            }
        }
        Ok(())
    }

    /// What it says of an argument, as it would stand on a command line.
    pub(super) fn of(&self, arg: &Arg) -> Option<Vec<String>> {
        Kind::of(arg).texts(self.value(arg)?)
    }

    /// Whether it has a setting.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    fn value(&self, arg: &Arg) -> Option<&Value> {
        arg.get_long().filter(|name| !NOT_IN_FILES.contains(name)).and_then(|name| self.values.get(name))
    }
}

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::*;
    use crate::Flags;

    fn checked(text: &str) -> Result<(), String> {
        let command = Flags::augment_args(Command::new("maxsimd"));
        let settings = Settings::parse(Path::new("m.toml"), text).map_err(|error| error.to_string())?;
        settings.check(&command).map_err(|error| error.to_string())
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused_with_the_one_that_is_meant() {
        let error = checked("listn = \"127.0.0.1:80\"").unwrap_err();
        assert!(
            error.contains("m.toml") && error.contains("no setting listn") && error.contains("listen is meant"),
            "{error}"
        );
        assert!(checked("drain_seconds = 5").unwrap_err().contains("drain-seconds"));
        assert!(checked("config = \"other.toml\"").unwrap_err().contains("no setting config"));
        assert!(checked("[listen]\nport = 80").unwrap_err().contains("a text in quotes"));
    }

    #[test]
    fn values_have_the_kind_that_the_setting_has() {
        let sound = "threads = 2\nshadow = 0.5\npreload = true\nallow-host = [\"a\", \"b\"]\ndata = \"d\"";
        checked(sound).unwrap();
        for bad in ["threads = \"2\"", "preload = \"yes\"", "data = 1", "allow-host = \"a\"", "allow-host = [1]"] {
            assert!(checked(bad).unwrap_err().contains(" is "), "{bad}");
        }
        assert!(checked("threads = 1\nthreads = 2").is_err() && checked("= 1").is_err());
    }
}
