//! How much a single file may ask for.

use std::path::PathBuf;
use std::time::Duration;

/// Bounds on what reading one file takes. JSONL files may have any size, their lines may not.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a file other than JSONL. Default 64 MiB.
    pub file_bytes: u64,
    /// Most bytes of a line of JSONL. Default 16 MiB.
    pub line_bytes: usize,
    /// Most bytes of the text taken from a file. Default 32 MiB.
    pub text_bytes: usize,
    /// Most time that parsing a PDF or DOCX may take. Default 60 s.
    pub parser_time: Duration,
    /// Most address space that parsing a PDF or DOCX may take, in bytes. Default 1 GiB.
    pub parser_memory: u64,
    /// The `maxsim` program whose hidden subcommand `extract` parses PDF and DOCX; by default the running one.
    pub parser_program: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            line_bytes: 16 << 20,
            text_bytes: 32 << 20,
            parser_time: Duration::from_secs(60),
            parser_memory: 1 << 30,
            parser_program: None,
        }
    }
}
