//! The parent's side of parsing in a child process: starts it, waits no longer than allowed, says how it ended.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use super::decode;
use super::extract::{Extracted, Reply, Task};
use super::{Limits, SkipReason};

/// Room for the reply's first line.
const HEADER_BYTES: usize = 64 * 1024;
/// How much of the child's messages is kept.
const MESSAGE_BYTES: usize = 4096;
/// Signal at the soft limit of processor time, the same number on all Unix systems.
const SIGXCPU: i32 = 24;
const SIGKILL: i32 = 9;

/// A parser that runs in the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parser {
    Pdf,
    Docx,
}

impl Parser {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Pdf, Self::Docx].into_iter().find(|parser| parser.name() == name)
    }
}

/// How a child ended and what it said.
struct Outcome {
    output: Option<Vec<u8>>,
    messages: String,
    status: ExitStatus,
}

/// Parses a file in a child process.
pub(super) fn extract(path: &Path, parser: Parser, limits: &Limits) -> Result<Extracted, SkipReason> {
    let file = decode::open(path, limits)?;
    if file.metadata()?.len() == 0 {
        return Err(SkipReason::Empty);
    }
    let outcome = wait(start(file, parser, limits)?, limits)?;
    match outcome.output {
        None => Err(SkipReason::ParserTimedOut(limits.parser_time)),
        Some(output) if outcome.status.success() => reply(output, limits),
        Some(_) => Err(cause(outcome.status, &outcome.messages, limits)),
    }
}

fn start(file: File, parser: Parser, limits: &Limits) -> Result<Child, SkipReason> {
    let program = match &limits.parser_program {
        Some(program) => program.clone(),
        None => std::env::current_exe()?,
    };
    let task = Task {
        parser,
        memory: limits.parser_memory,
        cpu_seconds: limits.parser_time.as_secs().saturating_add(1),
        file_bytes: limits.file_bytes,
        text_bytes: limits.text_bytes,
    };
    Command::new(&program)
        .arg("extract")
        .args(task.to_arguments())
        .env("RUST_BACKTRACE", "0")
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| SkipReason::ParserFailed(format!("cannot start {}: {error}", program.display())))
}

/// Reads both pipes to their end, or kills the child when its time is over.
fn wait(mut child: Child, limits: &Limits) -> io::Result<Outcome> {
    let most = u64::try_from(limits.text_bytes.saturating_add(HEADER_BYTES)).unwrap_or(u64::MAX);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        scope.spawn(move || {
            let mut output = Vec::new();
            let read = stdout.map_or(Ok(0), |stdout| stdout.take(most).read_to_end(&mut output));
            // Nobody listens any more once the time is over.
            let _ = sender.send(read.map(|_| output));
        });
        let messages = scope.spawn(move || stderr.map_or_else(Vec::new, last_bytes));
        let output = receiver.recv_timeout(limits.parser_time).ok();
        if output.is_none() {
            child.kill()?;
        }
        let status = child.wait()?;
        let messages = messages.join().unwrap_or_default();
        Ok(Outcome { output: output.transpose()?, messages: String::from_utf8_lossy(&messages).into_owned(), status })
    })
}

/// Drains a pipe, so that its writer never waits; keeps the end.
fn last_bytes(mut pipe: impl Read) -> Vec<u8> {
    let (mut kept, mut chunk) = (Vec::new(), [0; MESSAGE_BYTES]);
    while let Ok(read @ 1..) = pipe.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..read]);
        let excess = kept.len().saturating_sub(MESSAGE_BYTES);
        kept.drain(..excess);
    }
    kept
}

fn cause(status: ExitStatus, messages: &str, limits: &Limits) -> SkipReason {
    if matches!(status.signal(), Some(SIGXCPU | SIGKILL)) {
        return SkipReason::ParserTimedOut(limits.parser_time);
    }
    // What Rust's runtime says before it aborts.
    if messages.contains("memory allocation of") {
        return SkipReason::ParserOutOfMemory(limits.parser_memory);
    }
    let last = messages.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    SkipReason::ParserFailed(format!("{last} ({status})"))
}

fn reply(output: Vec<u8>, limits: &Limits) -> Result<Extracted, SkipReason> {
    let foreign = || SkipReason::ParserFailed("the parser program is not maxsim".to_owned());
    let end = output.iter().position(|&byte| byte == b'\n').ok_or_else(foreign)?;
    match serde_json::from_slice(&output[..end]).map_err(|_| foreign())? {
        Reply::Text { title, bytes } => {
            let text = decode::text(output[end + 1..].to_vec())?;
            if output.len() - end - 1 != bytes {
                return Err(SkipReason::ParserFailed("the parser's reply is cut short".to_owned()));
            }
            Ok(Extracted { title, text })
        }
        Reply::TooLarge { bytes } => Err(SkipReason::TooLarge {
            limit: u64::try_from(limits.text_bytes).unwrap_or(u64::MAX),
            found: u64::try_from(bytes).unwrap_or(u64::MAX),
        }),
        Reply::Refused { reason } => Err(SkipReason::ParserFailed(reason)),
    }
}
