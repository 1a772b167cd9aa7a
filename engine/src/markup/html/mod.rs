//! HTML to Markdown. Works on the token stream, without a tree: linear in the input however it nests, whoever wrote it.

mod attributes;
mod hidden;
mod titles;
mod writer;

use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};

use self::attributes::OpenTag;
use self::writer::Writer;

/// Most input that the tokenizer is given at once.
const PIECE_BYTES: usize = 2048;
/// A tag with more attributes ends what is read.
const MOST_ATTRIBUTES: u32 = 1000;

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html {
    /// `<title>`, else the first `<h1>` that has a letter or digit.
    pub title: Option<String>,
    /// Markdown: headings as `#` lines, lists, tables, code; without scripts, navigation and what is hidden. At most some ten times
    /// as long as the page.
    pub text: String,
}

/// Reads a page.
pub fn read(html: &str) -> Html {
    let tokenizer = Tokenizer::new(Writer::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    let (mut rest, mut open) = (html, None::<OpenTag>);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece(rest));
        let tokens = tokenizer.sink.tokens();
        input.push_back(piece.into());
        // The writer never asks for a script to run, the only reason to stop early.
        let _ = tokenizer.feed(&input);
        rest = after;
        if tokenizer.sink.tokens() > tokens {
            open = None;
        } else if open.get_or_insert_default().read(piece) > MOST_ATTRIBUTES {
            break;
        }
    }
    tokenizer.end();
    tokenizer.sink.finish()
}

/// Bytes to the next place where a tag may begin, so that one that is open after a piece began with a piece.
fn piece(html: &str) -> usize {
    let most = html.floor_char_boundary(PIECE_BYTES);
    html.as_bytes()[1..most].iter().position(|&byte| byte == b'<').map_or(most, |at| at + 1)
}

#[cfg(test)]
mod tests;
