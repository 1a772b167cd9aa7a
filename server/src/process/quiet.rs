//! ONNX Runtime begins to report its use to its makers when its library is loaded, keeps what it could not send in the user's cache folder, and looks up
//! their server's address. What is said through its interface comes too late for that; a variable does not.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The variable. Its mere presence is a decision.
const QUIET: &str = "ORT_DISABLE_TELEMETRY";

/// Starts this program anew with the variable, in this process, unless it is set. For programs, before they do anything else.
pub fn keep_runtime_quiet() {
    if env::var_os(QUIET).is_some() {
        return;
    }
    let mut arguments = env::args_os();
    let name = arguments.next();
    let error = match env::current_exe() {
        Ok(own) => {
            let mut anew = Command::new(own);
            if let Some(name) = name {
                anew.arg0(name);
            }
            // Returns only if it cannot.
            anew.args(arguments).env(QUIET, "1").exec()
        }
        Err(error) => error,
    };
    eprintln!("warning: {QUIET} cannot be set ({error}); ONNX Runtime may report its use to its makers");
}
