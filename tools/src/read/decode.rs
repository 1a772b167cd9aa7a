//! Bytes of a text file to text: UTF-8 only, no BOM, line feeds only.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Limits, SkipReason};

/// The whole of a file of bounded size as text.
pub(super) fn read_text(path: &Path, limits: &Limits) -> Result<String, SkipReason> {
    let mut bytes = Vec::new();
    // One byte more than allowed shows that a file has grown since it was listed.
    open(path, limits)?.take(limits.file_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    within(bytes.len(), limits.file_bytes)?;
    let text = text(bytes)?;
    within(text.len(), u64::try_from(limits.text_bytes).unwrap_or(u64::MAX))?;
    Ok(text)
}

/// Opens a file unless its size already rules it out.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<File, SkipReason> {
    let file = File::open(path)?;
    match file.metadata()?.len() {
        found if found > limits.file_bytes => Err(SkipReason::TooLarge { limit: limits.file_bytes, found }),
        _ => Ok(file),
    }
}

fn within(found: usize, limit: u64) -> Result<(), SkipReason> {
    match u64::try_from(found) {
        Ok(found) if found <= limit => Ok(()),
        found => Err(SkipReason::TooLarge { limit, found: found.unwrap_or(u64::MAX) }),
    }
}

/// Refuses binary, blank and malformed text; byte offsets in errors are those of the file.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, SkipReason> {
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(SkipReason::Binary(at));
    }
    let text = String::from_utf8(bytes).map_err(|error| SkipReason::NotUtf8(error.utf8_error().valid_up_to()))?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.trim().is_empty() {
        return Err(SkipReason::Empty);
    }
    Ok(if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_carriage_returns_are_dropped_and_all_else_is_kept() {
        let bytes = b"\xef\xbb\xbf a\r\nb\rc\n\n".to_vec();
        assert_eq!(text(bytes).unwrap(), " a\nb\rc\n\n");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        assert!(matches!(text(b"ab\0c".to_vec()), Err(SkipReason::Binary(2))));
        assert!(matches!(text(b"abc\xff".to_vec()), Err(SkipReason::NotUtf8(3))));
        assert!(matches!(text(b"\xef\xbb\xbf \n\t".to_vec()), Err(SkipReason::Empty)));
    }
}
