//! HTML files, read by the engine's reader.

use std::path::Path;

use maxsimd_engine::markup::html::{self, Html};

use super::decode::read_text;
use super::extract::Extracted;
use super::{Limits, SkipReason};

/// Reads an HTML file.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Extracted, SkipReason> {
    let Html { title, text } = html::read(&read_text(path, limits)?);
    let limit = u64::try_from(limits.text_bytes).unwrap_or(u64::MAX);
    match u64::try_from(text.len()).unwrap_or(u64::MAX) {
        0 => Err(SkipReason::Empty),
        found if found > limit => Err(SkipReason::TooLarge { limit, found }),
        _ => Ok(Extracted { title, text }),
    }
}
