//! Files whose text is taken as it stands: Markdown, plain text, source code.

use std::path::Path;

use maxsimd_engine::TextFormat;

use super::decode::read_text;
use super::extract::Extracted;
use super::kind::Kind;
use super::{Limits, SkipReason, title};

/// Reads a file of kind Markdown, text or code.
pub(super) fn read(path: &Path, kind: Kind, limits: &Limits) -> Result<(Extracted, TextFormat), SkipReason> {
    let text = read_text(path, limits)?;
    let (title, format) = match kind {
        Kind::Markdown => (title::of_markdown(&text), TextFormat::Markdown),
        Kind::Code => (None, TextFormat::Code),
        _ => (None, TextFormat::Plain),
    };
    Ok((Extracted { title, text }, format))
}
