//! The part of a Markdown file that a program writes: what stands between two markers.

use std::path::Path;

use anyhow::{Context as _, ensure};

const BEGIN: &str = "<!-- written by `compare peers`: begin -->\n";
const END: &str = "<!-- written by `compare peers`: end -->\n";

/// Replaces the part in a file.
pub(crate) fn replace(file: &Path, part: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let text = replaced(&text, part).with_context(|| file.display().to_string())?;
    std::fs::write(file, text).with_context(|| file.display().to_string())
}

fn replaced(text: &str, part: &str) -> anyhow::Result<String> {
    let missing = || format!("needs the lines {} and {}", BEGIN.trim(), END.trim());
    let (before, rest) = text.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    ensure!(!after.contains(BEGIN), "has the lines more than once");
    Ok(format!("{before}{BEGIN}\n{}\n\n{END}{after}", part.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let text = format!("# Title\n{BEGIN}old\n{END}after\n");
        let once = replaced(&text, "new\n").unwrap();
        assert_eq!(once, format!("# Title\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(replaced(&once, "new\n").unwrap(), once);
        assert!(replaced("# Title\n", "new").is_err());
        assert!(replaced(&format!("{text}{text}"), "new").is_err());
    }
}
