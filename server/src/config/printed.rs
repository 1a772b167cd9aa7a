//! Settings as a file that would give the same. Secrets are in files and in variables of their own, of which it says that they are
//! there and nothing else.

use std::env;
use std::fmt::Write;

use toml::Value;

use super::file::Kind;
use super::{Given, Setting};

/// Variables that hold secrets, and are no settings therefore.
pub(super) const SECRETS: [&str; 4] = ["MAXSIMD_KEYS", "MAXSIMD_GENERATOR_KEY", "OPENAI_API_KEY", "MAXSIMD_WEB_KEY"];

/// What `config print` prints.
pub fn printed(given: &Given) -> String {
    let mut text = String::new();
    let widest =
        given.settings.iter().map(|setting| line(setting).len()).filter(|width| *width <= 60).max().unwrap_or(0);
    for setting in &given.settings {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:widest$}  # {}", line(setting), setting.from.name());
    }
    for name in SECRETS.into_iter().filter(|name| env::var_os(name).is_some()) {
        let _ = writeln!(text, "# {name} is set in the environment; it is not shown");
    }
    text
}

fn line(setting: &Setting) -> String {
    let Setting { name, kind, values, .. } = setting;
    match (kind, values.first()) {
        (Kind::Texts, _) if !values.is_empty() => {
            let values = values.iter().map(|value| Value::String(shown(value))).collect();
            format!("{name} = {}", Value::Array(values))
        }
        (_, None) => format!("# {name}"),
        (Kind::Text | Kind::Texts, Some(value)) => format!("{name} = {}", Value::String(shown(value))),
        (Kind::Switch, Some(value)) => format!("{name} = {}", is_on(value)),
        (Kind::Number, Some(value)) => format!("{name} = {value}"),
    }
}

/// A value; of an address neither who asks nor what stands behind `?`, which may be secrets.
fn shown(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("…@", host));
    let (path, query) = path.find(['?', '#']).map_or((path, ""), |at| (&path[..at], "?…"));
    format!("{scheme}://{user}{host}{path}{query}")
}

/// As the parser of switches reads it.
fn is_on(value: &str) -> bool {
    ["y", "yes", "t", "true", "on", "1"].contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn given(arguments: &[&str]) -> Given {
        let command = Given::augment_args(Command::new("print"));
        let all = [&["print", "--data", "a \"b\""], arguments].concat();
        Given::from_arg_matches(&command.try_get_matches_from(all).expect("flags")).expect("flags")
    }

    #[test]
    fn of_addresses_nothing_is_printed_that_may_be_secret() {
        for (value, printed) in [
            ("https://hush:hush@host:1/v1?key=hush#hush", "https://…@host:1/v1?…"),
            ("http://hush@a@host", "http://…@host"),
            ("http://host?hush", "http://host?…"),
            ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
            ("no address?", "no address?"),
        ] {
            assert_eq!(shown(value), printed);
        }
        let text = printed(&given(&["--generator-url", "http://host/v1?hush"]));
        assert!(text.contains("http://host/v1") && !text.contains("hush"), "{text}");
    }

    #[test]
    fn what_is_printed_can_be_read_again_and_says_where_it_is_from() {
        let text = printed(&given(&["--threads", "3", "--allow-host", "a", "--allow-host", "b", "--preload"]));
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(table["data"].as_str(), Some("a \"b\""));
        assert_eq!((table["threads"].as_integer(), table["preload"].as_bool()), (Some(3), Some(true)));
        assert_eq!(table["lock-memory"].as_bool(), Some(false));
        assert_eq!(table["allow-host"].as_array().map(Vec::len), Some(2));
        let origin = |name: &str| text.lines().find(|line| line.starts_with(name)).expect("a line").to_owned();
        assert!(origin("threads").ends_with("# flag") && origin("connections").ends_with("# default"));
        assert!(text.lines().any(|line| line.starts_with("# model ")), "{text}");
    }
}
