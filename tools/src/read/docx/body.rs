//! The main part: paragraphs, headings, lists, tables.

use std::io::Read;

use maxsimd_engine::markup::Markdown;

use super::DocxError;
use super::styles::{Role, Styles, outline};
use super::xml::{self, Attributes, Handler};

/// Deepest list that is still indented further.
const MAX_LIST_DEPTH: usize = 16;

/// Title and text of `word/document.xml`.
pub(super) fn read(part: impl Read, styles: &Styles) -> Result<(String, String), DocxError> {
    let mut body = Body {
        styles,
        out: Markdown::default(),
        title: None,
        paragraph: Paragraph::default(),
        hidden: 0,
        in_text: false,
    };
    xml::read(part, &mut body)?;
    Ok((body.title.unwrap_or_default(), body.out.finish()))
}

/// What is known of the open paragraph; its properties precede its text.
#[derive(Debug, Default)]
struct Paragraph {
    role: Option<Role>,
    /// Depth of its list, if it is an item.
    list: Option<usize>,
    begun: bool,
}

struct Body<'a> {
    styles: &'a Styles,
    out: Markdown,
    title: Option<String>,
    paragraph: Paragraph,
    /// Open fallbacks, which repeat what stands beside them.
    hidden: usize,
    in_text: bool,
}

impl Handler for Body<'_> {
    fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "Fallback" => self.hidden += 1,
            _ if self.hidden > 0 => {}
            "p" => self.paragraph = Paragraph::default(),
            "pStyle" => self.paragraph.role = attributes.get("val").and_then(|id| self.styles.role(&id)),
            "outlineLvl" => {
                self.paragraph.role = attributes.get("val").and_then(|level| outline(&level)).or(self.paragraph.role);
            }
            "numPr" => self.paragraph.list = Some(0),
            "ilvl" => {
                let depth = attributes.get("val").and_then(|depth| depth.parse::<usize>().ok());
                self.paragraph.list = Some(depth.unwrap_or(0).min(MAX_LIST_DEPTH));
            }
            // Numbering 0 takes a paragraph out of the list of its style.
            "numId" if attributes.get("val").as_deref() == Some("0") => self.paragraph.list = None,
            "t" => self.in_text = true,
            "tab" => self.write(" "),
            "br" | "cr" => self.out.line_break(),
            "noBreakHyphen" => self.write("-"),
            "tbl" => self.out.open_table(),
            "tr" => self.out.row(),
            "tc" => self.out.cell(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "Fallback" => self.hidden = self.hidden.saturating_sub(1),
            _ if self.hidden > 0 => {}
            "t" => self.in_text = false,
            "p" => self.end_paragraph(),
            "tr" => self.out.end_row(),
            "tbl" => self.out.close_table(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.hidden == 0 {
            self.write(text);
        }
    }
}

impl Body<'_> {
    fn write(&mut self, text: &str) {
        if !self.paragraph.begun && !text.trim().is_empty() {
            self.begin_paragraph();
        }
        if let (Some(Role::Title), Some(title)) = (self.paragraph.role, &mut self.title) {
            title.push_str(text);
        }
        self.out.text(text);
    }

    fn begin_paragraph(&mut self) {
        self.paragraph.begun = true;
        match (self.paragraph.role, self.paragraph.list) {
            (Some(Role::Title), _) => {
                self.out.heading(1);
                match self.title {
                    None => self.title = Some(String::new()),
                    // A second title is a heading like any other.
                    Some(_) => self.paragraph.role = Some(Role::Heading(1)),
                }
            }
            (Some(Role::Heading(level)), _) => self.out.heading(level),
            (None, Some(depth)) => self.out.item(depth, "- "),
            (None, None) => self.out.leave_item(0),
        }
    }

    fn end_paragraph(&mut self) {
        // Items follow each other without a blank line; whatever else begins makes its own gap.
        if self.paragraph.begun && self.paragraph.list.is_none() {
            self.out.end_block();
        }
        self.paragraph = Paragraph::default();
    }
}
