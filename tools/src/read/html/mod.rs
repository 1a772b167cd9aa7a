//! HTML to Markdown-like text. Works on the token stream, without a tree: linear in the input however it nests.

mod writer;

use std::path::Path;

use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};

use super::decode::read_text;
use super::extract::Extracted;
use super::{Limits, SkipReason, title};
use writer::Writer;

/// Input given to the tokenizer at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Reads an HTML file.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Extracted, SkipReason> {
    let extracted = convert(&read_text(path, limits)?);
    let limit = u64::try_from(limits.text_bytes).unwrap_or(u64::MAX);
    match u64::try_from(extracted.text.len()).unwrap_or(u64::MAX) {
        0 => Err(SkipReason::Empty),
        found if found > limit => Err(SkipReason::TooLarge { limit, found }),
        _ => Ok(extracted),
    }
}

/// `<title>`, else the first `<h1>`; the text with headings as `#` lines.
fn convert(html: &str) -> Extracted {
    let tokenizer = Tokenizer::new(Writer::default(), TokenizerOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
        let input = BufferQueue::default();
        input.push_back(chunk.into());
        // The writer never asks for a script to run, the only reason to stop early.
        let _ = tokenizer.feed(&input);
        rest = after;
    }
    tokenizer.end();
    let (title, text) = tokenizer.sink.finish();
    let title = title::tidy(&title).or_else(|| title::of_markdown(&text));
    Extracted { title, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        convert(html).text
    }

    #[test]
    fn headings_paragraphs_and_lists_become_markdown() {
        let html = "<!DOCTYPE html><html><head><title>The &amp; title</title><style>p{}</style></head><body>\
            <nav>Home</nav><h1>Top  <em>level</em></h1><p>One\n two<br>three &lt;four&gt;</p><h2>Lists</h2>\
            <ul><li>a<li>b<ul><li>c</ul></ul><ol><li>first</li><li>second</li></ol>\
            <script>if (a < b) alert('</p>')</script><p>end</body></html>";
        let found = convert(html);
        assert_eq!(found.title.as_deref(), Some("The & title"));
        let expected =
            "# Top level\n\nOne two\nthree <four>\n\n## Lists\n\n- a\n- b\n  - c\n\n1. first\n2. second\n\nend";
        assert_eq!(found.text, expected);
    }

    #[test]
    fn tables_become_rows_and_preformatted_text_keeps_its_lines() {
        let html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1 <p>x</p></td><td>2|</td></tr></table>\
            <pre>\n  keep\n    this</pre>after";
        let expected = "| a | b |\n| --- | --- |\n| 1 x | 2\\| |\n\n```\n  keep\n    this\n```\n\nafter";
        assert_eq!(text(html), expected);
    }

    #[test]
    fn without_a_title_the_first_heading_is_taken() {
        assert_eq!(convert("<h2>No</h2><h1>Yes</h1>").title.as_deref(), Some("Yes"));
    }

    #[test]
    fn an_unclosed_nav_hides_only_what_comes_before_the_main_text() {
        assert_eq!(text("<nav><a>Menu</a><main><p>Shown</p></main>"), "Shown");
    }

    #[test]
    fn endless_nesting_is_read_like_any_text() {
        for tag in ["div", "b", "ul", "table", "blockquote", "pre", "nav", "svg", "h1", "td"] {
            let html = format!("{}x", format!("<{tag}>").repeat(200_000));
            assert!(text(&html).len() < 2_000_000, "{tag}");
        }
    }
}
