//! What a page may be called: its `<title>`, else its first heading of level 1 that says something.

use super::super::tidy;

/// Bytes of each that are looked at.
const MOST: usize = 4096;

/// Titles under construction.
#[derive(Debug, Default)]
pub(super) struct Titles {
    title: String,
    in_title: bool,
    heading: Option<String>,
    /// The heading that is open, before one is found.
    in_heading: Option<String>,
}

impl Titles {
    /// Begins or ends `<title>`. Only the first counts; inside the body the element has no meaning.
    pub(super) fn title(&mut self, begins: bool) {
        self.in_title = begins && self.title.is_empty();
    }

    /// Begins a heading.
    pub(super) fn heading(&mut self, level: usize) {
        self.end_heading();
        self.in_heading = (level == 1 && self.heading.is_none()).then(String::new);
    }

    /// Ends the open heading.
    pub(super) fn end_heading(&mut self) {
        if let Some(heading) = self.in_heading.take() {
            self.heading = tidy(&heading);
        }
    }

    /// Takes the text of `<title>`; true if it is that.
    pub(super) fn take(&mut self, text: &str) -> bool {
        if self.in_title {
            append(&mut self.title, text);
        }
        self.in_title
    }

    /// Text that is shown, too.
    pub(super) fn shown(&mut self, text: &str) {
        if let Some(heading) = &mut self.in_heading {
            append(heading, text);
        }
    }

    /// The title.
    pub(super) fn finish(mut self) -> Option<String> {
        self.end_heading();
        tidy(&self.title).or(self.heading)
    }
}

/// Adds to a text that may be of any length.
fn append(title: &mut String, text: &str) {
    title.push_str(&text[..text.floor_char_boundary(MOST.saturating_sub(title.len()))]);
}
