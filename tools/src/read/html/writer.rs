//! Writes the tokens of an HTML document as Markdown.

use std::cell::RefCell;

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{CharacterTokens, EndTag, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult};

use super::super::markdown::Markdown;

/// Elements whose content is not part of the text.
const HIDDEN: &[&str] =
    &["nav", "noscript", "template", "svg", "math", "select", "button", "iframe", "object", "audio", "video", "canvas"];
const PARAGRAPHS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "figure",
    "figcaption",
    "address",
    "form",
    "fieldset",
    "details",
    "summary",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "hr",
    "body",
    "caption",
    "hgroup",
];

/// The token sink. The tokenizer hands out shared references only, hence the cell.
#[derive(Debug, Default)]
pub(super) struct Writer(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    out: Markdown,
    title: String,
    in_title: bool,
    /// Open hidden elements of one kind; what nests inside does not matter.
    hidden: Option<(String, u32)>,
    /// Next number of each open list, none for bullets; those beyond the cap are only counted.
    lists: Vec<Option<u32>>,
}

/// Deepest list that is still indented further.
const MAX_LISTS: usize = 16;

impl Writer {
    /// Title and text.
    pub(super) fn finish(self) -> (String, String) {
        let state = self.0.into_inner();
        (state.title, state.out.finish())
    }
}

impl TokenSink for Writer {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            CharacterTokens(text) => state.text(&text),
            TagToken(tag) => return state.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn text(&mut self, text: &str) {
        if self.in_title {
            self.title.push_str(text);
        } else if self.hidden.is_none() {
            self.out.text(text);
        }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if self.passes_over(name, tag) {
            return TokenSinkResult::Continue;
        }
        match (tag.kind, name) {
            (StartTag, "script") => return self.raw(name, RawKind::ScriptData),
            (StartTag, "style" | "xmp" | "noembed" | "noframes") => {
                return self.raw(name, RawKind::Rawtext);
            }
            (StartTag, "textarea") => return self.raw(name, RawKind::Rcdata),
            (kind, "title") => {
                // Only the first; inside the body the element has no meaning.
                self.in_title = kind == StartTag && self.title.is_empty();
                if kind == StartTag {
                    return TokenSinkResult::RawData(RawKind::Rcdata);
                }
            }
            (StartTag, _) => self.open(name),
            (EndTag, _) => self.close(name),
        }
        TokenSinkResult::Continue
    }

    fn raw(&mut self, name: &str, kind: RawKind) -> TokenSinkResult<()> {
        self.hidden = Some((name.to_owned(), 1));
        TokenSinkResult::RawData(kind)
    }

    /// Keeps track of hidden elements; true if the tag has no other effect. The main text ends them.
    fn passes_over(&mut self, name: &str, tag: &Tag) -> bool {
        match &mut self.hidden {
            Some(_) if matches!(name, "main" | "article" | "body") => {
                self.hidden = None;
                false
            }
            Some((hidden, depth)) => {
                if hidden == name && !tag.self_closing {
                    *depth = if tag.kind == StartTag { depth.saturating_add(1) } else { *depth - 1 };
                }
                if *depth == 0 {
                    self.hidden = None;
                }
                true
            }
            None if tag.kind == StartTag && HIDDEN.contains(&name) && !tag.self_closing => {
                self.hidden = Some((name.to_owned(), 1));
                true
            }
            None => false,
        }
    }

    fn open(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.out.heading(usize::from(name.as_bytes()[1] - b'0')),
            "br" => self.out.line_break(),
            "ul" | "menu" => self.open_list(None),
            "ol" => self.open_list(Some(1)),
            "li" => self.item(),
            "pre" => self.out.open_code(),
            "table" => self.out.open_table(),
            "tr" => self.out.row(),
            "td" | "th" => self.out.cell(),
            name if PARAGRAPHS.contains(&name) => self.out.paragraph(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.out.paragraph(),
            "ul" | "ol" | "menu" => {
                self.lists.pop();
                self.out.leave_item(self.lists.len());
            }
            "pre" => self.out.close_code(),
            "table" => self.out.close_table(),
            "tr" => self.out.end_row(),
            name if PARAGRAPHS.contains(&name) => self.out.paragraph(),
            _ => {}
        }
    }

    fn open_list(&mut self, first: Option<u32>) {
        if self.lists.len() < MAX_LISTS {
            self.lists.push(first);
        }
    }

    fn item(&mut self) {
        let depth = self.lists.len().saturating_sub(1);
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        self.out.item(depth, &marker);
    }
}
