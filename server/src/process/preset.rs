//! Variables that libraries read before anything can be said to them.
//!
//! ONNX Runtime begins to report its use to its makers when its library is loaded, keeps what it could not send in the user's cache folder, and looks up
//! their server's address. The C library's allocator keeps what threads freed in up to eight arenas for each processor, each as large as it ever was: under
//! searches and uploads with two processors 195 MiB, of which 74 are in use; with one for each processor 130, in the same time.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{env, thread};

/// Its mere presence is a decision.
const QUIET: &str = "ORT_DISABLE_TELEMETRY";
/// Of glibc; others do not know it.
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Starts this program anew with the variables, in this process, unless they are set. For programs, before they do anything else.
pub fn preset_variables() {
    if [QUIET, ARENAS].iter().all(|name| env::var_os(name).is_some()) {
        return;
    }
    let processors = thread::available_parallelism().map_or(2, |processors| processors.get().max(2));
    let mut arguments = env::args_os();
    let name = arguments.next();
    let error = match env::current_exe() {
        Ok(own) => {
            let mut anew = Command::new(own);
            if let Some(name) = name {
                anew.arg0(name);
            }
            for (variable, value) in [(QUIET, "1".to_owned()), (ARENAS, processors.to_string())] {
                if env::var_os(variable).is_none() {
                    anew.env(variable, value);
                }
            }
            // Returns only if it cannot.
            anew.args(arguments).exec()
        }
        Err(error) => error,
    };
    eprintln!("warning: {QUIET} and {ARENAS} cannot be set ({error}); ONNX Runtime may report its use to its makers");
}
