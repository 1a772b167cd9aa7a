//! What is fuzzed: functions that take any bytes and panic if something does not hold.
//!
//! # Layout
//!
//! `TARGETS` names them all; each has a file in `fuzz_targets` and a folder in `corpus`. `edits` is how an input stands for a
//! damaged file of `checkpoint` and `collections`, `watch` what counts as a defect. README.md says how they are run.

mod bodies;
mod checkpoint;
mod collections;
mod config;
mod edits;
mod filter;
mod keys;
mod watch;

pub use bodies::{compact_body, json_body};
pub use checkpoint::checkpoint;
pub use collections::{manifest, segment};
pub use config::config;
pub use filter::filter;
pub use keys::keys;
pub use watch::{feed, keep_panics};

/// What takes any bytes.
pub type Target = fn(&[u8]);

macro_rules! targets {
    ($($name:ident)*) => {
        /// All targets by their names.
        pub const TARGETS: [(&str, Target); [$(stringify!($name)),*].len()] = [$((stringify!($name), $name)),*];
    };
}

targets!(checkpoint filter segment manifest json_body compact_body config keys);

/// What a file of `fuzz_targets` holds. Without a fuzzer it is compiled and does nothing.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(init: $crate::keep_panics(), |input: &[u8]| $crate::feed($crate::$name, input));

        #[cfg(not(fuzzing))]
        fn main() {}
    };
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn nothing_that_is_kept_of_the_corpora_does_harm() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for (name, target) in TARGETS {
            let files = fs::read_dir(corpus.join(name)).unwrap_or_else(|error| panic!("corpus of {name}: {error}"));
            for path in files.map(|entry| entry.expect("an entry").path()) {
                println!("{}", path.display());
                target(&fs::read(&path).expect("a file"));
            }
        }
    }
}
