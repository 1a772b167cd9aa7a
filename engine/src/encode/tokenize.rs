//! Text to token ids, with a `tokenizer.json`; work and memory bounded whatever the text.

use std::path::Path;

use tokenizers::Tokenizer;

use crate::{Error, Result};

/// Texts are tokenized in pieces of at most this many bytes, so that memory does not grow with the text: a
/// tokenizer keeps some fifty bytes for each byte it is given at once.
const PIECE_BYTES: usize = 64 * 1024;

/// A tokenizer, and the special tokens that it puts around a text.
pub(super) struct TextTokenizer {
    tokenizer: Tokenizer,
    leading: Vec<u32>,
    trailing: Vec<u32>,
}

/// A token of two texts put together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joined {
    pub(super) id: u32,
    pub(super) segment: u32,
    /// Which of the texts it is of; special tokens are of none.
    pub(super) text: Option<usize>,
}

/// Token ids of a text without special tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    /// The first ids, as many as were asked for.
    pub(super) ids: Vec<u32>,
    /// Start byte of each of them.
    pub(super) starts: Vec<usize>,
    /// Number of tokens of the whole text.
    pub(super) total: usize,
}

impl TextTokenizer {
    /// Reads a `tokenizer.json`; `path` is for the error. Padding and truncation in the file are ignored, and a
    /// text that spells a special token (`[SEP]`) has no power over the sequence.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let refuse = |reason: String| Error::Model { path: path.to_path_buf(), reason };
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| refuse(e.to_string()))?;
        tokenizer.with_truncation(None).map_err(|e| refuse(e.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer.set_encode_special_tokens(true);
        let probe = tokenizer.encode_fast("a", true).map_err(|e| refuse(e.to_string()))?;
        let special = probe.get_special_tokens_mask();
        let leading = special.iter().take_while(|&&mask| mask == 1).count();
        let trailing = special.iter().rev().take_while(|&&mask| mask == 1).count();
        if leading + trailing >= special.len() {
            return Err(refuse("gives no token for the text \"a\"".to_owned()));
        }
        let ids = probe.get_ids();
        let (leading, trailing) = (ids[..leading].to_vec(), ids[ids.len() - trailing..].to_vec());
        Ok(Self { tokenizer, leading, trailing })
    }

    /// Special tokens before a text.
    pub(super) fn leading(&self) -> &[u32] {
        &self.leading
    }

    /// Special tokens after a text.
    pub(super) fn trailing(&self) -> &[u32] {
        &self.trailing
    }

    /// Id of a token of the vocabulary.
    pub(super) fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// Id of the token for what the vocabulary has not.
    pub(super) fn unknown(&self) -> Option<u32> {
        ["[UNK]", "<unk>"].iter().find_map(|token| self.id(token))
    }

    /// The first `keep` token ids of a text, and how many there are.
    pub(super) fn tokens(&self, text: &str, keep: usize) -> Result<Tokens> {
        let mut tokens = Tokens { ids: Vec::new(), starts: Vec::new(), total: 0 };
        for (offset, piece) in pieces(text, PIECE_BYTES) {
            let encoding = self.tokenizer.encode(piece, false).map_err(refused)?;
            let room = keep.saturating_sub(tokens.ids.len());
            tokens.ids.extend(encoding.get_ids().iter().take(room));
            tokens.starts.extend(encoding.get_offsets().iter().take(room).map(|(start, _)| offset + start));
            tokens.total += encoding.len();
        }
        Ok(tokens)
    }

    /// Two short texts as the tokenizer puts them together, with special tokens.
    pub(super) fn join(&self, first: &str, second: &str) -> Result<Vec<Joined>> {
        let encoding = self.tokenizer.encode((first, second), true).map_err(refused)?;
        let texts = encoding.get_sequence_ids().into_iter();
        let tokens = encoding.get_ids().iter().zip(encoding.get_type_ids()).zip(texts);
        Ok(tokens.map(|((&id, &segment), text)| Joined { id, segment, text }).collect())
    }

    /// Start byte of every token of a text, ascending.
    pub(super) fn starts(&self, text: &str) -> Result<Vec<usize>> {
        let mut starts = Vec::new();
        for (offset, piece) in pieces(text, PIECE_BYTES) {
            let encoding = self.tokenizer.encode(piece, false).map_err(refused)?;
            starts.extend(encoding.get_offsets().iter().map(|(start, _)| offset + start));
        }
        Ok(starts)
    }
}

impl std::fmt::Debug for TextTokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextTokenizer")
            .field("leading", &self.leading)
            .field("trailing", &self.trailing)
            .finish_non_exhaustive()
    }
}

fn refused(error: tokenizers::Error) -> Error {
    Error::invalid("text", format!("the tokenizer refuses it: {error}"))
}

/// A text in pieces of at most `limit` bytes, each with its start byte, cut before white space where there is any:
/// no token reaches over white space, so the pieces have the tokens of the whole.
fn pieces(text: &str, limit: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let piece = &rest[..piece_end(rest, limit)];
        let at = start;
        start += piece.len();
        Some((at, piece))
    })
}

fn piece_end(rest: &str, limit: usize) -> usize {
    if rest.len() <= limit {
        return rest.len();
    }
    // No character is longer than four bytes.
    let mut end = limit.max(4);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    // Only a word of half a piece or more is cut inside.
    match rest[..end].rfind(char::is_whitespace) {
        Some(space) if space >= limit / 2 => space,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_the_text_in_order_and_keep_the_limit(text in "\\PC{0,200}", limit in 4_usize..40) {
            let mut whole = String::new();
            for (start, piece) in pieces(&text, limit) {
                prop_assert_eq!(start, whole.len());
                prop_assert!(!piece.is_empty() && piece.len() <= limit);
                whole.push_str(piece);
            }
            prop_assert_eq!(whole, text);
        }
    }

    #[test]
    fn pieces_begin_with_white_space_where_there_is_some() {
        let found: Vec<_> = pieces("aaa bbb ccc", 6).collect();
        assert_eq!(found, [(0, "aaa"), (3, " bbb"), (7, " ccc")]);
    }

    #[test]
    fn a_file_that_is_no_tokenizer_is_refused_with_its_path() {
        let error = TextTokenizer::parse(Path::new("m/tokenizer.json"), b"{}").unwrap_err();
        assert!(matches!(error, Error::Model { path, .. } if path.ends_with("tokenizer.json")));
    }
}
