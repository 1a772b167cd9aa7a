//! One text as the graph takes it: special tokens, marker and as many text tokens as fit.

use std::collections::HashSet;
use std::path::Path;

use super::settings::{Expansion, SideSettings};
use super::tokenize::TextTokenizer;
use crate::{Error, Result};

/// How the texts of one side, queries or passages, become sequences.
#[derive(Debug)]
pub(super) struct Side {
    head: Vec<u32>,
    tail: Vec<u32>,
    room: usize,
    keep_special: bool,
    skipped: HashSet<u32>,
    expansion: Option<Filler>,
}

/// The token that a sequence is filled up with.
#[derive(Debug)]
struct Filler {
    id: u32,
    attended: bool,
}

/// Token ids of one text.
#[derive(Debug)]
pub(super) struct Sequence {
    /// Everything that goes through the graph.
    pub(super) ids: Vec<u32>,
    /// How many of them are attended to, from the first.
    pub(super) attended: usize,
    /// Positions whose vectors are kept, ascending.
    pub(super) rows: Vec<usize>,
    /// Byte of the text at which the token of each of them begins, if it is one of the text.
    pub(super) starts: Vec<Option<usize>>,
    /// Number of tokens of the whole text.
    pub(super) text_tokens: usize,
    /// How many of them did not fit.
    pub(super) truncated: usize,
}

impl Side {
    /// Checks settings against a tokenizer; `path` is for the error.
    pub(super) fn new(path: &Path, settings: &SideSettings, tokenizer: &TextTokenizer) -> Result<Self> {
        let refuse = |reason: String| Error::Model { path: path.to_path_buf(), reason };
        let id = |role: &str, token: &str| {
            tokenizer.id(token).ok_or_else(|| refuse(format!("{role} {token:?} is no token of the tokenizer")))
        };
        let mut head = tokenizer.leading().to_vec();
        if let Some(marker) = &settings.marker {
            head.push(id("marker", marker)?);
        }
        let tail = tokenizer.trailing().to_vec();
        let special = head.len() + tail.len();
        let room = settings.limit.checked_sub(special).filter(|&room| room > 0);
        let room = room.ok_or_else(|| {
            refuse(format!("limit {} leaves no room beside {special} special tokens", settings.limit))
        })?;
        let expansion = match &settings.expansion {
            Some(Expansion { token, attended }) => Some(Filler { id: id("expansion", token)?, attended: *attended }),
            None => None,
        };
        let skipped = settings.skip.iter().filter_map(|token| tokenizer.id(token).or(tokenizer.unknown())).collect();
        Ok(Self { head, tail, room, keep_special: settings.keep_special, skipped, expansion })
    }

    /// A sequence of as many tokens as the limit allows, to try a graph with.
    pub(super) fn longest(&self) -> Sequence {
        let body = vec![self.tail.first().copied().unwrap_or(0); self.room];
        let ids = [&self.head[..], &body, &self.tail].concat();
        let (rows, starts) = ((0..ids.len()).collect(), vec![None; ids.len()]);
        Sequence { rows, starts, attended: ids.len(), ids, text_tokens: self.room, truncated: 0 }
    }

    /// Token ids of a text, cut to the limit, or filled up to it.
    pub(super) fn sequence(&self, tokenizer: &TextTokenizer, text: &str) -> Result<Sequence> {
        let blank = text.len() - text.trim_start().len();
        let tokens = tokenizer.tokens(text.trim(), self.room)?;
        let body = self.head.len()..self.head.len() + tokens.ids.len();
        let mut ids: Vec<u32> = [&self.head[..], &tokens.ids, &self.tail].concat();
        let kept = |&row: &usize| (self.keep_special || body.contains(&row)) && !self.skipped.contains(&ids[row]);
        let mut rows: Vec<usize> = (0..ids.len()).filter(kept).collect();
        let start = |row: &usize| row.checked_sub(body.start).and_then(|at| tokens.starts.get(at)).map(|at| blank + at);
        let mut starts: Vec<Option<usize>> = rows.iter().map(start).collect();
        let mut attended = ids.len();
        if let Some(filler) = &self.expansion {
            let full = self.head.len() + self.room + self.tail.len();
            rows.extend(ids.len()..full);
            starts.resize(rows.len(), None);
            ids.resize(full, filler.id);
            attended = if filler.attended { full } else { attended };
        }
        let truncated = tokens.total - tokens.ids.len();
        Ok(Sequence { rows, starts, attended, text_tokens: tokens.total, truncated, ids })
    }
}
