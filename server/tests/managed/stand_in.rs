//! A server that stands in for llama-server, in a folder of its own.

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::generate::{Generator, GeneratorError, Message, Prompt};
use maxsimd_server::generators::managed::{Managed, ManagedSettings, Program};

use crate::processes::{LONG, running, until};

/// A program, its model, and notes of its starts.
pub(crate) struct StandIn {
    folder: tempfile::TempDir,
}

impl StandIn {
    /// One that does something before it listens.
    pub(crate) fn new(before: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("llama-server");
        fs::write(&program, include_str!("stand_in.py").replace("# BEFORE", before)).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(folder.path().join("echo.gguf"), "no weights").unwrap();
        Self { folder }
    }

    pub(crate) fn settings(&self) -> ManagedSettings {
        settings(self.folder.path())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Process and port of each start so far.
    pub(crate) fn starts(&self) -> Vec<(u32, u16)> {
        let notes = fs::read_to_string(self.folder.path().join("starts")).unwrap_or_default();
        let note = |line: &str| {
            let (process, port) = line.split_once(' ').unwrap();
            (process.parse().unwrap(), port.parse().unwrap())
        };
        notes.lines().map(note).collect()
    }

    /// Waits until nothing of it runs any more.
    pub(crate) fn is_gone_within(&self, most: Duration) -> bool {
        until(most, || running(self.folder.path()).is_empty())
    }
}

/// Settings for the stand-in of a folder.
pub(crate) fn settings(folder: &Path) -> ManagedSettings {
    let program = Program::LlamaServer(folder.join("llama-server"));
    let settings = ManagedSettings::new(program, folder.join("echo.gguf"));
    let launcher = Some(PathBuf::from(env!("CARGO_BIN_EXE_maxsimd")));
    ManagedSettings { launcher, threads: NonZeroUsize::MIN, ..settings }
}

/// What the generator writes to a text.
pub(crate) fn say(generator: &Managed, text: &str) -> Result<String, GeneratorError> {
    say_within(generator, &Context::until(Instant::now() + LONG), text)
}

pub(crate) fn say_within(generator: &Managed, context: &Context, text: &str) -> Result<String, GeneratorError> {
    let prompt = Prompt { messages: vec![Message::user(text)], max_tokens: 9, temperature: 0.0, schema: None };
    Ok(generator.write(context, &prompt, &mut |_| ())?.text)
}

/// Why the generator writes nothing.
pub(crate) fn refusal(generator: &Managed) -> String {
    match say(generator, "hello") {
        Err(GeneratorError::Unreachable { reason }) => reason,
        other => panic!("{other:?}"),
    }
}
