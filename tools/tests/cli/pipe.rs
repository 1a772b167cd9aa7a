//! A reader that has gone, as `| head -1` goes: every command ends, quietly.

use super::support::{fixtures, home, path_text, program, run};
use super::{DOCS, shared};

/// Runs `maxsim` with a standard output that nobody reads.
fn unread(arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program().args(arguments).stdout(writer).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn commands_whose_output_nobody_reads_end_quietly() {
    let (data, questions) = (shared().data(), fixtures("questions"));
    home();
    let folder = tempfile::tempdir().unwrap();
    let out = path_text(&folder.path().join("vectors"));
    let on = ["--data", &data, "--collection", DOCS];
    let commands = [
        &["inspect"][..],
        &["inspect", "--json"],
        &["verify"],
        &["search", "query"],
        &["search", "--json", "query"],
        &["eval", "--dataset", &questions, "--mode", "bm25"],
    ];
    let without_collection =
        [&["completions", "bash"][..], &["models", "list"], &["encode", "--input", &questions, "--out", &out]];
    let all = commands.iter().map(|command| [*command, &on].concat());
    for command in all.chain(without_collection.map(<[_]>::to_vec)) {
        assert_eq!(unread(&command), (Some(141), String::new()), "{command:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn another_failure_of_standard_output_is_told() {
    let full = std::fs::File::create("/dev/full").unwrap();
    let ran = run(program().args(["completions", "bash"]).stdout(full));
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("error: cannot write to standard output: "), "{}", ran.err);
}
