//! Standard output, which every command prints to through here: a reader that has gone (`| head`) is no failure.

use std::io::{self, ErrorKind, Stdout, Write};

/// What a shell says of a program that SIGPIPE ended; neither that all was done nor that something failed.
pub const READER_GONE: u8 = 128 + 13;

/// Standard output; its errors say that they are of it.
#[derive(Debug)]
pub struct Out(Stdout);

#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
struct Unwritable(io::Error);

/// Standard output.
pub fn stdout() -> Out {
    Out(io::stdout())
}

/// Whether a command failed only because nobody reads what it prints.
pub fn reader_gone(error: &anyhow::Error) -> bool {
    let inner = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()?.get_ref());
    let mut unwritable = inner.filter_map(|inner| inner.downcast_ref::<Unwritable>());
    unwritable.any(|unwritable| unwritable.0.kind() == ErrorKind::BrokenPipe)
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(unwritable)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(unwritable)
    }
}

/// Keeps the kind, by which `write_all` goes on after an interruption.
fn unwritable(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Unwritable(error))
}
