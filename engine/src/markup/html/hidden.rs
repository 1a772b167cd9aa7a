//! Elements whose content nobody is shown.

use html5ever::tokenizer::{StartTag, Tag};

/// What is hidden wherever it stands.
const ELEMENTS: &[&str] =
    &["nav", "noscript", "template", "svg", "math", "select", "button", "iframe", "object", "audio", "video", "canvas"];
/// Elements without content.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// What is shown although its style says that it is not: scripts show such pages once they have come.
const SHOWN: &[&str] = &["html", "body", "main", "article"];
/// Elements that end without saying so.
const ENDLESS: &[&str] = &["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup"];

/// An open element without text; of what nests inside, only elements of its kind matter.
#[derive(Debug)]
pub(super) struct Hidden {
    name: String,
    depth: u32,
    why: Why,
}

#[derive(Debug, PartialEq, Eq)]
enum Why {
    Kind,
    Style,
    /// Until the next block, since its end may not be marked.
    Endless,
}

impl Hidden {
    /// An element of a kind that is hidden.
    pub(super) fn kind(name: &str) -> Self {
        Self { name: name.to_owned(), depth: 1, why: Why::Kind }
    }

    /// What a tag begins, if that is hidden.
    pub(super) fn begun_by(tag: &Tag) -> Option<Self> {
        let name: &str = &tag.name;
        if tag.kind != StartTag {
            return None;
        }
        if ELEMENTS.contains(&name) {
            return (!tag.self_closing).then(|| Self::kind(name));
        }
        if VOID.contains(&name) || SHOWN.contains(&name) || !unseen(tag) {
            return None;
        }
        let why = if ENDLESS.contains(&name) { Why::Endless } else { Why::Style };
        Some(Self { why, ..Self::kind(name) })
    }

    /// Whether it is still open before a tag, of which `block` says whether text begins anew there. The main text ends it.
    pub(super) fn outlasts(&self, tag: &Tag, block: bool) -> bool {
        match (&*tag.name, &self.why) {
            ("main" | "body", _) | ("article", Why::Kind) => false,
            (name, Why::Endless) => !block && !ENDLESS.contains(&name),
            _ => true,
        }
    }

    /// Whether it is still open after one.
    pub(super) fn goes_on(&mut self, tag: &Tag) -> bool {
        if *tag.name == *self.name && !tag.self_closing {
            self.depth = if tag.kind == StartTag { self.depth.saturating_add(1) } else { self.depth - 1 };
        }
        self.depth > 0
    }
}

/// Whether its attributes say that it is not shown.
fn unseen(tag: &Tag) -> bool {
    tag.attrs.iter().any(|attribute| match &*attribute.name.local {
        "hidden" => !attribute.value.eq_ignore_ascii_case("until-found"),
        "style" => {
            let style: String = attribute.value.split_whitespace().collect::<String>().to_ascii_lowercase();
            style.contains("display:none") || style.contains("visibility:hidden")
        }
        _ => false,
    })
}
