//! Token starts of a whole document, and counts over its ranges.

use crate::Result;

/// Text given to the tokenizer at once; its working memory is a large multiple of this.
const PIECE_BYTES: usize = 64 * 1024;
/// Longest stretch that counts as one token: tokenizers turn an endless word into a single unknown token.
const MAX_TOKEN_BYTES: usize = 256;

/// Start byte of every token, ascending; `tokenize` sees the text in pieces.
pub(super) fn token_starts(text: &str, tokenize: impl Fn(&str) -> Result<Vec<usize>>) -> Result<Vec<usize>> {
    let mut starts = Vec::new();
    let mut begin = 0;
    while begin < text.len() {
        let end = piece_end(text, begin);
        for start in tokenize(&text[begin..end])? {
            extend_to(text, &mut starts, begin + start.min(end - begin));
        }
        begin = end;
    }
    fill_gap(text, &mut starts, text.len());
    Ok(starts)
}

/// Adds a start, and stand-ins where the one before it is too far away.
fn extend_to(text: &str, starts: &mut Vec<usize>, start: usize) {
    fill_gap(text, starts, start);
    starts.push(start.max(starts.last().copied().unwrap_or(0)));
}

fn fill_gap(text: &str, starts: &mut Vec<usize>, until: usize) {
    let mut at = starts.last().copied().unwrap_or(0);
    while until.saturating_sub(at) > MAX_TOKEN_BYTES {
        at = text.floor_char_boundary(at + MAX_TOKEN_BYTES);
        starts.push(at);
    }
}

/// A line's end, else white space, else any character boundary near the piece's full size.
fn piece_end(text: &str, begin: usize) -> usize {
    if text.len() - begin <= PIECE_BYTES {
        return text.len();
    }
    let middle = text.floor_char_boundary(begin + PIECE_BYTES / 2);
    let full = text.floor_char_boundary(begin + PIECE_BYTES);
    let tail = &text[middle..full];
    let cut = tail.rfind('\n').or_else(|| tail.rfind(char::is_whitespace));
    cut.map_or(full, |at| text.ceil_char_boundary(middle + at + 1))
}

/// Token starts with the text that they belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenStarts<'a> {
    pub(super) text: &'a str,
    starts: &'a [usize],
}

impl<'a> TokenStarts<'a> {
    pub(super) fn new(text: &'a str, starts: &'a [usize]) -> Self {
        Self { text, starts }
    }

    /// Tokens that begin in a range of bytes.
    pub(super) fn count(&self, start: usize, end: usize) -> usize {
        self.rank(end) - self.rank(start)
    }

    /// Where to end a run of at most `most` tokens that begins at `start`: best after white space, in any case at
    /// a token. One character is taken however many tokens it has.
    pub(super) fn run_end(&self, start: usize, end: usize, most: usize) -> usize {
        let first = self.rank(start);
        let Some(&full) = self.starts.get(first + most).filter(|&&full| full < end) else { return end };
        let fits = |at: usize| at > start && self.text.is_char_boundary(at);
        let ends = &self.starts[first..=first + most];
        let after_space = |at: usize| self.text[..at].ends_with(char::is_whitespace);
        let mut late = ends[ends.len() / 2..].iter().rev().copied();
        let space = late.find(|&at| fits(at) && after_space(at));
        let any = || ends.iter().rev().copied().find(|&at| fits(at));
        space.or_else(any).unwrap_or_else(|| self.text.ceil_char_boundary((start + 1).max(full)).min(end))
    }

    fn rank(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<usize>> {
        let begins =
            |&(at, c): &(usize, char)| !c.is_whitespace() && !text[..at].ends_with(|p: char| !p.is_whitespace());
        Ok(text.char_indices().filter(begins).map(|(at, _)| at).collect())
    }

    #[test]
    fn pieces_give_the_starts_of_the_whole() {
        let text = "some words é over\nseveral lines, ".repeat(8_000);
        assert_eq!(token_starts(&text, words).unwrap(), words(&text).unwrap());
    }

    #[test]
    fn an_endless_word_counts_as_many_tokens() {
        let text = "é".repeat(50_000);
        let starts = token_starts(&text, words).unwrap();
        assert!(starts.len() > 100_000 / MAX_TOKEN_BYTES);
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= MAX_TOKEN_BYTES));
    }
}
