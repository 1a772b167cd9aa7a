//! Writes Markdown from what HTML and other formats have in common: paragraphs, headings, lists, tables, code.

/// Most cells of a row; what follows joins the last.
const MAX_CELLS: usize = 256;

/// What separates the next word from the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

/// Text under construction. White space is collapsed; empty blocks leave no trace.
#[derive(Debug, Default)]
pub struct Markdown {
    out: String,
    gap: Gap,
    /// Marker that the next word is preceded by: `# `, `- `.
    marker: String,
    /// Columns that further lines of a list item are indented by.
    indent: usize,
    code: usize,
    tables: usize,
    /// Cells of the open row of the outermost table.
    row: Option<Vec<String>>,
    first_row: bool,
}

impl Markdown {
    /// Adds text to the open block.
    pub fn text(&mut self, text: &str) {
        if self.code > 0 {
            // Blank lines at the beginning say nothing.
            let text = if self.out.ends_with("```\n") { text.trim_start_matches('\n') } else { text };
            return self.out.push_str(text);
        }
        for part in text.split_inclusive(char::is_whitespace) {
            let word = part.trim_end();
            if !word.is_empty() {
                self.word(word);
            }
            if word.len() < part.len() {
                self.want(Gap::Space);
            }
        }
    }

    /// Ends the open block; one whose marker is not yet followed by text goes on.
    pub fn paragraph(&mut self) {
        self.want(if self.marker.is_empty() { Gap::Paragraph } else { Gap::Space });
    }

    /// Ends the open block in any case, and a marker without text.
    pub fn end_block(&mut self) {
        self.marker.clear();
        self.want(Gap::Paragraph);
    }

    /// Ends the line.
    pub fn line_break(&mut self) {
        if self.code > 0 {
            self.out.push('\n');
        } else {
            self.want(if self.marker.is_empty() { Gap::Line } else { Gap::Space });
        }
    }

    /// Begins a heading of level 1 to 6; the block after it must be begun or ended explicitly.
    pub fn heading(&mut self, level: usize) {
        self.leave_item(0);
        if self.is_flowing() {
            self.marker = format!("{} ", "#".repeat(level.clamp(1, 6)));
        }
    }

    /// Begins a list item; `depth` counts the lists around its own.
    pub fn item(&mut self, depth: usize, marker: &str) {
        self.want(if self.indent == 0 { Gap::Paragraph } else { Gap::Line });
        if self.is_flowing() {
            self.indent = 2 * depth;
            self.marker = format!("{}{marker}", " ".repeat(self.indent));
            self.indent += marker.len();
        }
    }

    /// Ends items; `depth` lists are still open.
    pub fn leave_item(&mut self, depth: usize) {
        self.marker.clear();
        self.indent = 2 * depth;
        self.want(if depth == 0 { Gap::Paragraph } else { Gap::Line });
    }

    /// Begins text that is kept as it stands.
    pub fn open_code(&mut self) {
        if self.row.is_none() {
            if self.code == 0 {
                self.leave_item(0);
                self.word("```");
                self.out.push('\n');
            }
            self.code += 1;
        }
    }

    /// Ends what the last `open_code` began.
    pub fn close_code(&mut self) {
        if self.code == 1 {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.out.push_str("```");
            self.gap = Gap::Paragraph;
        }
        self.code = self.code.saturating_sub(1);
    }

    /// Begins a table; one inside another is running text of its cell.
    pub fn open_table(&mut self) {
        if self.tables == 0 {
            self.leave_item(0);
            self.first_row = true;
        }
        self.tables += 1;
    }

    /// Ends the open table.
    pub fn close_table(&mut self) {
        self.end_row();
        self.tables = self.tables.saturating_sub(1);
    }

    /// Begins a row; inside a cell a table's rows are running text.
    pub fn row(&mut self) {
        self.end_row();
        if self.tables == 1 {
            self.row = Some(Vec::new());
        }
    }

    /// Begins a cell of the open row.
    pub fn cell(&mut self) {
        match (&mut self.row, self.tables) {
            (Some(row), 1) if row.len() < MAX_CELLS => {
                row.push(String::new());
                self.gap = Gap::None;
            }
            (None, 1) => {
                self.row = Some(vec![String::new()]);
                self.gap = Gap::None;
            }
            _ => self.want(Gap::Space),
        }
    }

    /// Ends the open row.
    pub fn end_row(&mut self) {
        if self.tables > 1 {
            return self.want(Gap::Space);
        }
        let Some(row) = self.row.take() else { return };
        self.gap = Gap::Paragraph;
        if row.iter().all(String::is_empty) {
            return;
        }
        // A row of one cell is layout rather than data.
        let [only] = row.as_slice() else { return self.write_row(&row) };
        self.word(only);
        self.gap = Gap::Paragraph;
        self.first_row = true;
    }

    fn write_row(&mut self, row: &[String]) {
        self.gap = if self.first_row { Gap::Paragraph } else { Gap::Line };
        self.word(&format!("| {} |", row.join(" | ")));
        if std::mem::take(&mut self.first_row) {
            self.out.push_str("\n|");
            self.out.push_str(&" --- |".repeat(row.len()));
        }
        self.gap = Gap::Paragraph;
    }

    /// The text without surrounding white space.
    pub fn finish(mut self) -> String {
        self.tables = self.tables.min(1);
        self.end_row();
        self.code = self.code.min(1);
        self.close_code();
        self.out.truncate(self.out.trim_end().len());
        self.out
    }

    /// Inside cells and code, blocks are not marked.
    fn is_flowing(&self) -> bool {
        self.row.is_none() && self.code == 0
    }

    fn want(&mut self, gap: Gap) {
        if self.code == 0 {
            self.gap = self.gap.max(gap);
        }
    }

    fn word(&mut self, word: &str) {
        let gap = std::mem::take(&mut self.gap);
        if let Some(row) = &mut self.row {
            if row.is_empty() {
                row.push(String::new());
            }
            if let Some(cell) = row.last_mut() {
                cell.push_str(if gap == Gap::None || cell.is_empty() { "" } else { " " });
                cell.push_str(&word.replace('|', "\\|"));
            }
            return;
        }
        let begins_line = self.out.is_empty() || gap >= Gap::Line;
        if !self.out.is_empty() {
            self.out.push_str(match gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        if self.marker.is_empty() && begins_line {
            self.out.extend(std::iter::repeat_n(' ', self.indent));
        }
        self.out.push_str(&std::mem::take(&mut self.marker));
        self.out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_come_in_parts_and_space_is_collapsed() {
        let mut out = Markdown::default();
        ["  one", "two \n ", "three", "\n"].iter().for_each(|part| out.text(part));
        assert_eq!(out.finish(), "onetwo three");
    }

    #[test]
    fn headings_and_items_without_text_leave_no_trace() {
        let mut out = Markdown::default();
        out.heading(2);
        out.end_block();
        out.item(0, "- ");
        out.leave_item(0);
        out.text("text");
        assert_eq!(out.finish(), "text");
    }

    #[test]
    fn a_row_of_one_cell_is_a_paragraph() {
        let mut out = Markdown::default();
        out.open_table();
        out.row();
        out.cell();
        out.text("a | b");
        assert_eq!(out.finish(), "a \\| b");
    }
}
