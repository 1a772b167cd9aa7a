//! The child process that parses PDF and DOCX: limits itself first, then reads standard input.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::child::Parser;
use super::{docx, pdf};

/// Title, if the document has one, and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extracted {
    pub(super) title: Option<String>,
    pub(super) text: String,
}

/// First line of what the child writes, as JSON; the text follows it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reply {
    Text { title: Option<String>, bytes: usize },
    TooLarge { bytes: usize },
    Refused { reason: String },
}

/// What the child is told on its command line, after `extract`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) parser: Parser,
    pub(super) memory: u64,
    pub(super) cpu_seconds: u64,
    pub(super) file_bytes: u64,
    pub(super) text_bytes: usize,
}

impl Task {
    pub(super) fn to_arguments(self) -> [String; 5] {
        let Self { parser, memory, cpu_seconds, file_bytes, text_bytes } = self;
        [
            parser.name().to_owned(),
            memory.to_string(),
            cpu_seconds.to_string(),
            file_bytes.to_string(),
            text_bytes.to_string(),
        ]
    }

    fn parse(arguments: &[String]) -> Option<Self> {
        let [parser, memory, cpu_seconds, file_bytes, text_bytes] = arguments else { return None };
        Some(Self {
            parser: Parser::named(parser)?,
            memory: memory.parse().ok()?,
            cpu_seconds: cpu_seconds.parse().ok()?,
            file_bytes: file_bytes.parse().ok()?,
            text_bytes: text_bytes.parse().ok()?,
        })
    }
}

/// The hidden subcommand `maxsim extract PARSER MEMORY CPU_SECONDS FILE_BYTES TEXT_BYTES`: reads a document on
/// standard input, writes a line of JSON and the text on standard output. Must be the first thing the process does.
pub fn extract_child_main(arguments: &[String]) -> ExitCode {
    let Some(task) = Task::parse(arguments) else { return ExitCode::from(2) };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent shows the last line; there is nobody to tell if even that fails.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> io::Result<()> {
    restrict(task)?;
    // A parser's own messages must not mix with the reply.
    let mut out = File::from(rustix::io::dup(rustix::stdio::stdout())?);
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("panic").replace('\n', " ");
        let _ = writeln!(io::stderr(), "{message}");
    }));
    let mut bytes = Vec::new();
    io::stdin().lock().take(task.file_bytes).read_to_end(&mut bytes)?;
    let extracted = match task.parser {
        Parser::Pdf => pdf::read(&bytes),
        Parser::Docx => docx::read(&bytes),
    };
    let (reply, text) = match extracted {
        Ok(found) if found.text.len() > task.text_bytes => (Reply::TooLarge { bytes: found.text.len() }, String::new()),
        Ok(found) => (Reply::Text { title: found.title, bytes: found.text.len() }, found.text),
        Err(reason) => (Reply::Refused { reason }, String::new()),
    };
    serde_json::to_writer(&out, &reply)?;
    out.write_all(b"\n")?;
    out.write_all(text.as_bytes())
}

/// The process limits itself, for good: address space, processor time, no core file.
fn restrict(task: Task) -> io::Result<()> {
    let exactly = |most| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Core, exactly(0))?;
    setrlimit(Resource::As, exactly(task.memory))?;
    // The soft limit comes first, with a signal of its own.
    let hard = task.cpu_seconds.saturating_add(1);
    setrlimit(Resource::Cpu, Rlimit { current: Some(task.cpu_seconds), maximum: Some(hard) })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_survives_the_command_line() {
        let task = Task { parser: Parser::Docx, memory: 1, cpu_seconds: 2, file_bytes: 3, text_bytes: 4 };
        assert_eq!(Task::parse(&task.to_arguments()), Some(task));
        assert_eq!(Task::parse(&["pdf".to_owned()]), None);
    }
}
