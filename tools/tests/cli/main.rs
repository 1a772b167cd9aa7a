//! The `maxsim` program, run for real over one collection that is built from the fixtures.

mod ask;
mod build;
mod encode;
mod eval;
mod live;
mod pipe;
mod search;
#[path = "../support/mod.rs"]
mod support;
mod trees;
mod usage;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use support::{Ran, fixtures, home, maxsim, path_text};

const DOCS: &str = "docs";

/// The data folder with the collection `docs`, and what its build said.
struct Shared {
    data: PathBuf,
    built: Ran,
}

impl Shared {
    fn data(&self) -> String {
        path_text(&self.data)
    }

    /// Runs a subcommand on the collection.
    fn run(&self, command: &str, arguments: &[&str]) -> Ran {
        let target = [command, "--data", &self.data(), "--collection", DOCS];
        maxsim(&[&target, arguments].concat())
    }
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        home();
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
        if data.exists() {
            std::fs::remove_dir_all(&data).unwrap();
        }
        let target = ["--data", &path_text(&data), "--collection", DOCS];
        let input = ["build", "--input", &fixtures("corpus"), "--keep-vectors", "--json"];
        let built = maxsim(&[&input[..], &target].concat());
        Shared { data, built }
    })
}
