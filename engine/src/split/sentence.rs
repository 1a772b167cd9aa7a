//! Sentences, by Unicode's rules (UAX 29) but across wrapped lines.

use unicode_segmentation::UnicodeSegmentation;

/// Characters without a cased letter after which segmentation starts afresh: its look-ahead passes over them
/// again and again, which in a long run of brackets or digits is quadratic.
const LOOK_AHEAD: usize = 64;

const TERMINATORS: [char; 9] = ['.', '!', '?', '…', '。', '！', '？', '؟', '।'];
const CLOSERS: [char; 12] = ['"', '\'', ')', ']', '}', '»', '”', '’', '*', '_', '」', '』'];

/// End of every sentence, the last being the end of the text.
pub(super) fn sentence_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    for end in window_ends(text) {
        let sentences = text[start..end].split_sentence_bound_indices();
        let closed = sentences.map(|(at, s)| (start + at + s.len(), s)).filter(|(at, s)| *at < end && is_closed(s));
        ends.extend(closed.map(|(at, _)| at));
        start = end;
    }
    ends.push(text.len());
    ends
}

/// A line break ends a segment by the rules, but a sentence only with a full stop or the like.
fn is_closed(segment: &str) -> bool {
    segment.trim_end().trim_end_matches(CLOSERS).ends_with(TERMINATORS)
}

fn window_ends(text: &str) -> impl Iterator<Item = usize> {
    let mut run = 0;
    let inner = text.char_indices().filter_map(move |(at, c)| {
        run = if c.is_lowercase() || c.is_uppercase() || run == LOOK_AHEAD { 0 } else { run + 1 };
        (run == LOOK_AHEAD).then_some(at)
    });
    inner.chain(std::iter::once(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        let mut start = 0;
        let cut = |end| std::mem::replace(&mut start, end)..end;
        sentence_ends(text).into_iter().map(cut).map(|range| text[range].trim()).collect()
    }

    #[test]
    fn sentences_run_across_wrapped_lines() {
        let found = sentences("A sentence that is\nwrapped. Another (in brackets.) \"Third?\" Version 1.5 is out");
        assert_eq!(
            found,
            ["A sentence that is\nwrapped.", "Another (in brackets.)", "\"Third?\"", "Version 1.5 is out"]
        );
    }

    #[test]
    fn scripts_without_case_end_their_sentences_too() {
        assert_eq!(sentences("これは文です。次の文です。"), ["これは文です。", "次の文です。"]);
    }
}
