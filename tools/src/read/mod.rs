//! Files to documents: folders, files and JSONL collections, one document at a time.
//!
//! # Layout
//!
//! `inventory` lists the files of the inputs, `source` reads them in order; `kind` tells formats apart by name;
//! `plain` (Markdown, text, code), `html`, `jsonl` read here, `pdf` and `docx` in a child process (`child`,
//! `extract`), because parsers of such formats can be made to take any amount of memory and time.

mod child;
mod decode;
mod docx;
mod extract;
mod html;
mod inventory;
mod jsonl;
mod kind;
mod limits;
mod line;
mod pdf;
mod plain;
mod skip;
mod source;
mod title;

pub use extract::extract_child_main;
pub use inventory::{Plan, PlannedFile, ReadError};
pub use limits::Limits;
pub use skip::{SkipReason, Skipped};
pub use source::{Item, Source};
