//! Keyword search: a tantivy index of each segment's passages, packed into the segment's file, ranked by BM25 over the
//! statistics of all segments.
//!
//! Rows of the index are passage ordinals. It is written with names in place of random ones, so that the same passages
//! make the same bytes, and read in place: no lock, no folder, nothing is unpacked.

mod directory;
mod index;
mod language;
mod statistics;
mod write;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub(crate) use index::{KeywordIndex, Looked, Words};
pub use language::Language;
pub(crate) use statistics::Statistics;
pub(crate) use write::KeywordWriter;

use crate::{Error, Result};

/// The field with a passage's title, headings and text.
const TEXT: &str = "text";
/// The field with a summary's words.
const SUMMARY: &str = "summary";
/// Most different words of a query that are looked for.
const MOST_WORDS: usize = 1024;
const META: &str = "meta.json";

/// Name of a file of the index among the packed ones: its extension, since all others are of one segment.
fn packed_name(path: &Path) -> Option<&str> {
    match path.to_str()? {
        META => Some(META),
        // Lists of files and locks, which a packed index has not.
        hidden if hidden.starts_with('.') => None,
        _ => path.extension()?.to_str(),
    }
}

/// Calls into tantivy with bytes of a file: where checksums are right and the bytes are not, it panics.
fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(failed("its bytes make no sense")))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Keywords { message: error.to_string() }
}
