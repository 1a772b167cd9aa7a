//! Exit codes and words for what cannot be done: 2 for usage, 1 with what to do about it for the rest.

use std::path::Path;

use super::shared;
use super::support::{Shape, home, maxsim, path_text, program, run, write_vectors};

#[test]
fn senseless_flags_are_usage_errors_that_name_them() {
    let data = shared().data();
    let on = |command, rest: &[&str]| maxsim(&[&[command, "--data", &data, "--collection", "docs"], rest].concat());
    let refused = [
        ("-k", on("search", &["-k", "0", "query"])),
        ("-k", on("search", &["-k", "1001", "query"])),
        ("--mode", on("search", &["--mode", "guess", "query"])),
        ("--recall", on("search", &["--recall", "0", "query"])),
        ("--recall", on("search", &["--recall", "high", "query"])),
        ("--recall", on("eval", &["--dataset", ".", "--recall", "1.5"])),
        ("<QUERY>", on("search", &[])),
        ("--dataset", on("eval", &[])),
        ("--threads", on("eval", &["--dataset", ".", "--threads", "0"])),
        ("--input", on("build", &[])),
        ("--vectors", on("build", &["--input", ".", "--vectors", "."])),
        ("--bits", on("build", &["--input", ".", "--bits", "5"])),
        ("--threads", on("build", &["--input", ".", "--threads", "0"])),
        ("--ram-budget", on("build", &["--vectors", ".", "--ram-budget", "1MiB"])),
        ("--ram-budget", on("build", &["--input", ".", "--ram-budget", "4GB"])),
        ("--no-split", on("build", &["--input", ".", "--no-split", "--overlap", "3"])),
        ("--input", on("add", &[])),
        ("--vectors", on("add", &["--input", ".", "--vectors", "."])),
        ("--id", on("delete", &[])),
        ("--filter", on("delete", &["--id", "a", "--filter", "b = 1"])),
        ("--out", on("snapshot", &[])),
        ("--input", on("restore", &[])),
        ("--remove", maxsim(&["alias", "--data", &data, "--set", "a=b", "--remove", "a"])),
        ("--no-such-flag", on("verify", &["--no-such-flag"])),
        ("--listen", maxsim(&["serve", "--data", &data, "--listen", "nonsense"])),
        ("--shadow", maxsim(&["serve", "--data", &data, "--shadow", "2"])),
        ("frobnicate", maxsim(&["frobnicate"])),
        ("<SHELL>", maxsim(&["completions"])),
    ];
    for (name, ran) in refused {
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
    }
}

#[test]
fn names_that_are_no_collection_names_are_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    let long = "a".repeat(65);
    for name in ["../escape", "..", ".", "", "/etc", "a/b", "A", "a\nb", "-x", &long] {
        let collection = format!("--collection={name}");
        let build = maxsim(&["build", "--input", ".", "--data", &data, &collection]);
        let search = maxsim(&["search", "--data", &data, &collection, "query"]);
        let verify = maxsim(&["verify", "--data", &data, &collection]);
        for ran in [build, search, verify] {
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name:?}: {}", ran.err);
            assert!(ran.err.contains("--collection"), "{name:?}: {}", ran.err);
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_absent_collection_or_model_comes_with_what_to_do() {
    let data = shared().data();
    for command in [&["search", "query"][..], &["inspect"], &["verify"], &["eval", "--dataset", "."]] {
        let ran = maxsim(&[command, &["--data", &data, "--collection", "absent"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{command:?}");
        let eval_without_questions = command[0] == "eval" && ran.err.contains("qrels.tsv");
        assert!(ran.err.contains("maxsim build --collection absent") || eval_without_questions, "{}", ran.err);
    }
    let ran = shared().run("search", &["--model", "absent", "query"]);
    assert!(ran.code == 1 && ran.err.contains("maxsim models pull"), "{}", ran.err);
}

#[test]
fn an_empty_asset_folder_or_a_library_that_is_none_comes_with_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let search = ["search", "--data", &shared().data(), "--collection", "docs", "query"];
    let ran = run(program().args(search).env("MAXSIMD_HOME", empty.path()));
    assert!(ran.code == 1 && ran.err.contains("maxsim models pull"), "{}", ran.err);
    let ran = run(program().args(search).env("ORT_DYLIB_PATH", empty.path().join("libonnxruntime.so")));
    assert!(ran.code == 1 && ran.err.contains("libonnxruntime.so"), "{}", ran.err);
}

#[test]
fn vectors_of_another_encoder_are_not_searched_with_text() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let (vectors, data) = (folder.path().join("vectors"), path_text(&folder.path().join("data")));
    write_vectors(&vectors, Shape { seed: 5, passages: 3, rows: 2, width: 384 });
    let target = ["--data", &data, "--collection", "c"];
    maxsim(&[&["build", "--json", "--vectors", &path_text(&vectors)], &target[..]].concat()).json();
    let ran = maxsim(&[&["search", "query"], &target[..]].concat());
    assert!(ran.code == 1 && ran.err.contains("synthetic"), "{}", ran.err);
}

#[test]
fn completions_and_help_go_to_stdout() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = maxsim(&["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("ram-budget"), "{shell}: {}", ran.err);
    }
    let daemon = maxsim(&["completions", "bash", "--of", "maxsimd"]);
    assert!(daemon.code == 0 && daemon.out.contains("_maxsimd()") && daemon.out.contains("drain-notice-seconds"));
    let help = maxsim(&["build", "--help"]);
    assert!(help.code == 0 && help.out.contains("--keep-vectors") && help.err.is_empty());
    assert!(maxsim(&["--version"]).out.starts_with("maxsim "));
}

#[test]
fn every_command_has_a_manual_page_that_groff_and_mandoc_take() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(maxsim(&["man", &path_text(folder.path())]).code, 0);
    let pages: Vec<std::path::PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let names: Vec<&str> = pages.iter().map(|page| page.file_name().unwrap().to_str().unwrap()).collect();
    for name in ["maxsim.1", "maxsim-build.1", "maxsim-models-pull.1", "maxsimd.1", "maxsimd-config-check.1"] {
        assert!(names.contains(&name), "{name} {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("extract") || name.contains("help")), "{names:?}");
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(text("maxsimd.1").contains(r"\-\-drain\-notice\-seconds") && text("maxsim-build.1").contains(".SH NAME"));
    assert!(maxsim(&["man"]).out.contains(".TH maxsim 1"));
    // What reads them says nothing, where it is installed.
    for (reader, arguments) in
        [("groff", &["-man", "-Tutf8", "-ww", "-z"][..]), ("mandoc", &["-T", "lint", "-W", "error"])]
    {
        let Ok(read) = std::process::Command::new(reader).args(arguments).args(&pages).output() else { continue };
        let said = [read.stdout, read.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(read.status.success() && said.is_empty(), "{reader}: {said}");
    }
}

#[test]
fn searching_writes_nothing() {
    let before = listing(&shared().data);
    shared().run("search", &["--json", "what is written"]).json();
    assert_eq!(shared().run("verify", &[]).code, 0);
    assert_eq!(listing(&shared().data), before);
}

#[test]
fn the_runtime_keeps_nothing_of_its_use() {
    let user = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args(["search", "--json", "--data", &shared().data(), "--collection", super::DOCS, "what is kept"]);
    // As somebody starts it who has set nothing.
    command.env_remove("ORT_DISABLE_TELEMETRY").env_remove("XDG_CACHE_HOME").env("MAXSIMD_HOME", home().root());
    run(command.env("HOME", user.path())).json();
    assert_eq!(std::fs::read_dir(user.path()).unwrap().count(), 0);
}

fn listing(data: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime, u64)> {
    let folders = [data.to_path_buf(), data.join("docs")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(Result::unwrap);
    let facts = |entry: std::fs::DirEntry| {
        let metadata = entry.metadata().unwrap();
        (entry.path(), metadata.modified().unwrap(), metadata.len())
    };
    let mut found: Vec<_> = entries.map(facts).collect();
    found.sort();
    found
}
