//! The OpenAPI document against the daemon that serves it: schemathesis asks for what it describes and for what it forbids, and
//! compares the replies with it.

use std::process::Command;

use maxsimd_server::keys::{KeyScope, NewKey};
use serde_json::Value;

use crate::support::path_text;
use crate::{Served, packages};

const SETTINGS: &str = include_str!("schemathesis.toml");
/// The program, as its package would install it.
const RUN: &str = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())";

/// What schemathesis reports of a daemon, which must be no failure and no error.
fn checked(served: &Served, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let (settings, report) = (folder.path().join("schemathesis.toml"), folder.path().join("report.json"));
    std::fs::write(&settings, SETTINGS).unwrap();
    let mut program = Command::new("python3");
    program.env("PYTHONPATH", packages(&["schemathesis"])).env("NO_PROXY", "127.0.0.1").current_dir(&folder);
    program.args(["-c", RUN, "--no-color", "--config-file", &path_text(&settings), "run"]);
    program.args([
        &format!("{}/openapi.json", served.url),
        "--report",
        "json",
        "--report-json-path",
        &path_text(&report),
    ]);
    let ran = program.args(more).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}{}", String::from_utf8_lossy(&ran.stderr));
    println!("{}", told.lines().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"));
    serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap()
}

#[test]
#[ignore = "fetches schemathesis and asks for minutes; .ci/run does"]
fn the_daemon_does_what_its_document_says() {
    let served = Served::start_over("docs", None, |_| ());
    checked(&served, &[]);
}

#[test]
#[ignore = "fetches schemathesis and asks for minutes; .ci/run does"]
fn with_keys_nothing_is_told_without_one() {
    let key = NewKey::make(None, KeyScope::Admin, None).unwrap();
    let served = Served::start_over("docs", Some(&key), |_| ());
    let header = format!("Authorization: Bearer {}", key.key);
    checked(&served, &["--header", &header, "--phases", "examples,coverage", "--max-examples", "5"]);
}
