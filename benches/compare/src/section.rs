//! The part of a Markdown file that a program writes: what stands between two markers.

use std::path::Path;

use anyhow::{Context as _, ensure};

/// Replaces a command's part in a file.
pub(crate) fn replace(file: &Path, command: &str, part: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let text = replaced(&text, command, part).with_context(|| file.display().to_string())?;
    std::fs::write(file, text).with_context(|| file.display().to_string())
}

fn replaced(text: &str, command: &str, part: &str) -> anyhow::Result<String> {
    let [begin, end] = ["begin", "end"].map(|which| format!("<!-- written by `compare {command}`: {which} -->\n"));
    let missing = || format!("needs the lines {} and {}", begin.trim(), end.trim());
    let (before, rest) = text.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    ensure!(!after.contains(&begin), "has the lines more than once");
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", part.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_of_the_command_is_replaced() {
        let [begin, end] = ["begin", "end"].map(|which| format!("<!-- written by `compare peers`: {which} -->\n"));
        let text = format!("# Title\n{begin}old\n{end}after\n");
        let once = replaced(&text, "peers", "new\n").unwrap();
        assert_eq!(once, format!("# Title\n{begin}\nnew\n\n{end}after\n"));
        assert_eq!(replaced(&once, "peers", "new\n").unwrap(), once);
        assert!(replaced(&text, "scale", "new").is_err());
        assert!(replaced("# Title\n", "peers", "new").is_err());
        assert!(replaced(&format!("{text}{text}"), "peers", "new").is_err());
    }
}
