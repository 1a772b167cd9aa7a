//! The section of a Markdown file that a command writes: what stands between its two markers, and plots in the folder of its name
//! beside the file.

use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::table::Report;

/// A picture that becomes a file.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The file's, without its ending.
    pub(crate) name: String,
    /// What it shows.
    pub(crate) title: String,
    /// As SVG.
    pub(crate) drawing: String,
}

/// What a command has to say; nothing is written unless there is a file for it.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    command: &'static str,
    file: Option<&'a Path>,
    text: String,
}

impl<'a> Section<'a> {
    /// A section that begins with some text.
    pub(crate) fn new(command: &'static str, file: Option<&'a Path>, text: String) -> Self {
        Self { command, file, text }
    }

    /// Adds a table and its plots, which become files.
    pub(crate) fn add(&mut self, report: &Report, plots: impl IntoIterator<Item = Plot>) -> anyhow::Result<()> {
        self.text.push_str(&format!("\n\n### {}", report.markdown()));
        let Some(file) = self.file else { return Ok(()) };
        let folder = file.parent().unwrap_or(Path::new(".")).join(self.command);
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        for Plot { name, title, drawing } in plots {
            let plot = folder.join(format!("{name}.svg"));
            std::fs::write(&plot, drawing).with_context(|| plot.display().to_string())?;
            self.text.push_str(&format!("\n![{title}]({}/{name}.svg)\n", self.command));
        }
        Ok(())
    }

    /// Replaces what the file has between the command's markers.
    pub(crate) fn write(self) -> anyhow::Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let text = replaced(&text, self.command, &self.text).with_context(|| file.display().to_string())?;
        std::fs::write(file, text).with_context(|| file.display().to_string())
    }
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
