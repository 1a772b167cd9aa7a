//! The child's first moment: it ties its life to its parent's, limits itself, and becomes the server. What the kernel is
//! asked for here stays with the process when it becomes another program.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// First argument of a process that is to become a generator.
pub(super) const ENTRY: &str = "__generator";

/// What the child is told after [`ENTRY`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    /// Who started it.
    pub(super) parent: u32,
    pub(super) memory_bytes: u64,
    /// Program and its arguments.
    pub(super) program: Vec<OsString>,
}

impl Task {
    pub(super) fn to_arguments(&self) -> impl Iterator<Item = OsString> {
        let limits = [self.parent.to_string().into(), self.memory_bytes.to_string().into()];
        limits.into_iter().chain(self.program.iter().cloned())
    }

    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let parent = arguments.next()?.to_str()?.parse().ok()?;
        let memory_bytes = arguments.next()?.to_str()?.parse().ok()?;
        let program: Vec<_> = arguments.collect();
        (!program.is_empty()).then_some(Self { parent, memory_bytes, program })
    }
}

/// Becomes a generator if the process was started for that, and else does nothing. To be called first in `main` of every
/// program that has a [`Managed`](super::Managed), with the process's arguments; gives an exit code if it failed.
pub fn enter(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(ENTRY)) {
        return None;
    }
    let Some(task) = Task::parse(arguments) else { return Some(ExitCode::from(2)) };
    let error = become_server(&task);
    // The parent repeats it; there is nobody to tell if even that fails.
    let _ = writeln!(io::stderr(), "{}: {error}", task.program[0].display());
    Some(ExitCode::FAILURE)
}

/// Comes back only with an error.
fn become_server(task: &Task) -> io::Error {
    match tie_to_parent(task.parent).and_then(|()| limit(task.memory_bytes)) {
        Ok(()) => Command::new(&task.program[0]).args(&task.program[1..]).exec(),
        Err(error) => error,
    }
}

/// The kernel kills this process when its parent ends, however it ends.
#[cfg(target_os = "linux")]
fn tie_to_parent(parent: u32) -> io::Result<()> {
    use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have ended before it was asked for.
    match i32::try_from(parent).ok().and_then(Pid::from_raw) == getppid() {
        true => Ok(()),
        false => Err(io::Error::other("who started it is gone")),
    }
}

#[cfg(not(target_os = "linux"))]
fn tie_to_parent(_: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Memory is limited by what is written to: a server reserves far more addresses than it uses, and maps its model. The
/// priority stays: threads of llama.cpp wait for each other at every layer, so that one busy core stops a model that gives
/// way (5 below normal, two threads on two cores, one of them busy: a reply that takes 10 s is not there after 25).
fn limit(memory_bytes: u64) -> io::Result<()> {
    let exactly = |most| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Core, exactly(0))?;
    // Whoever started the daemon may have allowed less.
    let allowed = getrlimit(Resource::Data).maximum.unwrap_or(u64::MAX);
    setrlimit(Resource::Data, exactly(memory_bytes.min(allowed)))?;
    // A machine that is short of memory ends the model rather than the daemon; one that does not ask is none the worse.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_survives_the_command_line_and_other_programs_go_on() {
        let task = Task { parent: 7, memory_bytes: 1 << 40, program: vec!["a b".into(), "--c".into()] };
        assert_eq!(Task::parse(task.to_arguments()), Some(task));
        assert_eq!(Task::parse(["7", "1"].map(OsString::from).into_iter()), None);
        assert!(enter(["maxsimd", "--data", "."].map(OsString::from)).is_none() && enter([]).is_none());
    }
}
