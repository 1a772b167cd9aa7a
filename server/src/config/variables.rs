//! Variables that look like settings and are none. They are no reason to refuse to start: whoever starts a daemon gives it variables of
//! their own (Kubernetes names its services so).

use clap::{Arg, Args, Command};

use super::Flags;
use super::nearest::nearest;
use super::printed::SECRETS;

/// What Kubernetes says of a service `maxsimd`.
const OTHERS: [&str; 2] = ["MAXSIMD_PORT", "MAXSIMD_SERVICE"];
/// What `maxsim bench` and the tests of this repository read.
const OF_TOOLS: [&str; 6] =
    ["MAXSIMD_KEY", "MAXSIMD_SEED", "MAXSIMD_KILLS", "MAXSIMD_OPERATIONS", "MAXSIMD_CHOICES", "MAXSIMD_TEST_FOLDER"];

/// A sentence for each variable that begins with `MAXSIMD_` and is no setting.
pub(crate) fn misspelt(variables: impl Iterator<Item = String>) -> Vec<String> {
    let command = Flags::augment_args(Command::new("settings"));
    let known = command.get_arguments().filter_map(Arg::get_env).filter_map(|name| name.to_str());
    let known: Vec<&str> = known.chain(SECRETS).collect();
    let unknown = variables.filter(|name| {
        let others = OTHERS.iter().any(|other| name.starts_with(other)) || OF_TOOLS.contains(&name.as_str());
        name.starts_with("MAXSIMD_") && !others && !known.contains(&name.as_str())
    });
    let said = unknown.map(|name| {
        let meant = nearest(&name, known.iter().copied());
        let meant = meant.map_or(String::new(), |meant| format!("; {meant} is meant?"));
        format!("{name} is in the environment and no setting{meant}")
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::layers::variable;

    #[test]
    fn misspelt_variables_are_told_from_settings_and_from_what_others_set() {
        let names =
            ["MAXSIMD_LISTN", "MAXSIMD_LISTEN", "MAXSIMD_PORT_8080_TCP", "MAXSIMD_WEB_KEY", "PATH", "MAXSIMD_SEED"];
        let said = misspelt(names.into_iter().map(str::to_owned));
        assert_eq!(said, ["MAXSIMD_LISTN is in the environment and no setting; MAXSIMD_LISTEN is meant?"]);
    }

    #[test]
    fn every_setting_has_a_variable_that_is_named_as_it_is() {
        let command = Flags::augment_args(Command::new("settings"));
        for arg in command.get_arguments() {
            let name = arg.get_long().expect("a flag");
            let expected = match name {
                // The name that programs that use the same library know.
                "onnx-runtime" => "ORT_DYLIB_PATH".to_owned(),
                name => variable(name),
            };
            assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(expected.as_str()), "{name}");
        }
    }
}
