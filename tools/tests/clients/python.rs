//! The client for Python, `tools/python`: its own checks and tests, with pinned packages and the daemon of this build.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{home, path_text};

const CONSTRAINTS: &str = include_str!("constraints-python.txt");

/// What its tests need, and what builds and checks it.
const PACKAGES: [&str; 8] =
    ["hatchling", "httpx", "langchain-core", "llama-index-core", "mypy", "numpy", "pytest", "ruff"];

/// A virtual environment with what the tests of `tools/python` need, made once for a target folder.
fn environment() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (PACKAGES, CONSTRAINTS).hash(&mut hasher);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{:x}", hasher.finish()));
    if !folder.is_dir() {
        let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let (made, constraints) = (fresh.path().join("environment"), fresh.path().join("constraints.txt"));
        std::fs::write(&constraints, CONSTRAINTS).unwrap();
        succeeds(Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&made));
        succeeds(pip(&made).arg("--constraint").arg(&constraints).args(PACKAGES));
        // Only its Python is called, which may be moved. Another run of the tests may have been first.
        let _ = std::fs::rename(&made, &folder);
    }
    folder
}

fn python(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn pip(environment: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "--python"]).arg(python(environment));
    command.arg("install");
    command
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let ran = command.output().unwrap();
    let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(ran.status.success(), "{said}");
}

#[test]
#[ignore = "fetches 150 MB of packages; .ci/run does"]
fn the_client_for_python_is_typed_and_does_what_its_tests_say() {
    let environment = environment();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(python(&environment));
        command.arg("-m").args(arguments).current_dir(&source).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let cache = path_text(&environment.join("cache"));
    succeeds(&mut run(&["ruff", "check", "--no-cache"]));
    succeeds(&mut run(&["ruff", "format", "--check", "--no-cache", "src", "tests"]));
    succeeds(&mut run(&["mypy", "--cache-dir", &cache]));
    // As it would be published, not as it stands in the folder.
    let built = tempfile::tempdir().unwrap();
    let alone = ["--no-deps", "--no-build-isolation", "--target"];
    succeeds(pip(&environment).args(alone).arg(built.path()).arg(&source));
    let mut tests = run(&["pytest", "--quiet", "-rs"]);
    tests.env("PYTHONPATH", built.path()).env("NO_PROXY", "127.0.0.1");
    succeeds(tests.env("MAXSIMD_BIN", env!("CARGO_BIN_EXE_maxsim")).env("MAXSIMD_HOME", home().root()));
}
