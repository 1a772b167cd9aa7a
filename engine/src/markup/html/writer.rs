//! Writes the tokens of an HTML document as Markdown.

use std::cell::{Cell, RefCell};

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    CharacterTokens, EndTag, ParseError, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult,
};

use super::super::Markdown;
use super::Html;
use super::hidden::Hidden;
use super::titles::Titles;

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
/// Other elements at which text begins anew.
const BLOCKS: &[&str] =
    &["h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "menu", "li", "pre", "table", "tr", "td", "th"];
/// Deepest list that is still indented further.
const MAX_LISTS: usize = 16;

/// The token sink. The tokenizer hands out shared references only, hence the cells.
#[derive(Debug, Default)]
pub(super) struct Writer {
    state: RefCell<State>,
    tokens: Cell<u64>,
}

#[derive(Debug, Default)]
struct State {
    out: Markdown,
    titles: Titles,
    hidden: Option<Hidden>,
    /// Next number of each open list, none for bullets; those beyond the cap are only counted.
    lists: Vec<Option<u32>>,
}

impl Writer {
    /// Tokens so far; while this stands still, one of them is open.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens.get()
    }

    /// Title and text.
    pub(super) fn finish(self) -> Html {
        let state = self.state.into_inner();
        Html { title: state.titles.finish(), text: state.out.finish() }
    }
}

impl TokenSink for Writer {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        // Mistakes are told of open tags, too.
        self.tokens.update(|tokens| tokens + u64::from(!matches!(token, ParseError(_))));
        let mut state = self.state.borrow_mut();
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
        if !self.titles.take(text) && self.hidden.is_none() {
            self.out.text(text);
            self.titles.shown(text);
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
                self.titles.title(kind == StartTag);
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
        self.hidden = Some(Hidden::kind(name));
        TokenSinkResult::RawData(kind)
    }

    /// Keeps track of hidden elements; true if the tag has no other effect.
    fn passes_over(&mut self, name: &str, tag: &Tag) -> bool {
        if let Some(hidden) = &mut self.hidden {
            if hidden.outlasts(tag, PARAGRAPHS.contains(&name) || BLOCKS.contains(&name)) {
                if !hidden.goes_on(tag) {
                    self.hidden = None;
                }
                return true;
            }
            self.hidden = None;
        }
        self.hidden = Hidden::begun_by(tag);
        self.hidden.is_some()
    }

    fn open(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.open_heading(name),
            "br" => self.out.line_break(),
            "ul" | "menu" => self.open_list(None),
            "ol" => self.open_list(Some(1)),
            "li" => self.item(),
            "pre" => self.out.open_code(),
            "table" => self.out.open_table(),
            "tr" => self.out.row(),
            "td" | "th" => self.out.cell(),
            name if PARAGRAPHS.contains(&name) => self.out.paragraph(),
            _ => return,
        }
        self.titles.shown(" ");
    }

    fn close(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.titles.end_heading();
                self.out.paragraph();
            }
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

    fn open_heading(&mut self, name: &str) {
        let level = usize::from(name.as_bytes()[1] - b'0');
        self.out.heading(level);
        self.titles.heading(level);
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
