//! What a fuzzer takes for a defect: a panic that gets out of a target. Those that the engine catches, since tantivy panics
//! at damaged bytes, are none.

use std::backtrace::Backtrace;
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::{Mutex, PoisonError};

use crate::Target;

/// What the newest panic said.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Keeps what a panic says instead of ending the process, which is what `libfuzzer_sys` does at every one.
pub fn keep_panics() {
    panic::set_hook(Box::new(|panic| {
        let told = format!("{panic}\n{}", Backtrace::force_capture());
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }));
}

/// Feeds a target and ends the process if it panics.
pub fn feed(target: Target, input: &[u8]) {
    if panic::catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        eprintln!("{}", LAST.lock().unwrap_or_else(PoisonError::into_inner));
        process::abort();
    }
}
