//! Settings of the daemon as a file in TOML. What is taken is printed and read again as the same settings.

use std::ffi::OsString;
use std::fs;

use clap::Parser;
use maxsimd_server::config::{Given, parse_from, printed};

#[derive(Debug, Parser)]
struct Daemon {
    #[command(flatten)]
    given: Given,
}

/// Any bytes as the file.
pub fn config(input: &[u8]) {
    let Some(given) = read(input) else { return };
    let text = printed(&given);
    let again = read(text.as_bytes()).unwrap_or_else(|| panic!("what is printed cannot be read: {text}"));
    for (before, after) in given.settings.iter().zip(&again.settings) {
        let same =
            before.values == after.values || number(&before.values).is_some_and(|n| Some(n) == number(&after.values));
        assert!(before.name == after.name && same, "{before:?} and {after:?} of {text}");
    }
}

/// What a single value says as a number: `-0` is 0.
fn number(values: &[String]) -> Option<f64> {
    let [value] = values else { return None };
    value.parse().ok()
}

fn read(file: &[u8]) -> Option<Given> {
    let folder = tempfile::tempdir().expect("a folder to write to");
    let path = folder.path().join("maxsimd.toml");
    fs::write(&path, file).expect("a folder to write to");
    let arguments = ["maxsimd", "--data", ".", "--config"].map(OsString::from);
    let arguments = arguments.into_iter().chain([path.into_os_string()]).collect();
    parse_from::<Daemon>(arguments).map(|daemon| daemon.given).ok()
}
