//! What a node of token vectors says: the sentences that they are from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use super::{NOWHERE, Node, Segment};
use crate::Result;
use crate::format::{DocumentRecord, Section};
use crate::split::sentences;

/// A sentence and the token vectors that it has, about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Bytes of the document.
    pub(crate) range: Range<usize>,
    pub(crate) tokens: usize,
}

impl Node<'_> {
    /// The sentences with most weight of a node of token vectors, each of which has one, in the order of the text: as
    /// many as have its number of tokens. At least one. `leaves` keeps the sentences of passages of its segment.
    pub(crate) fn sentences(
        &self,
        document: &DocumentRecord,
        weights: impl Fn(usize) -> f32,
        leaves: &mut BTreeMap<usize, Vec<Said>>,
    ) -> Result<Vec<Said>> {
        let segment = self.segment;
        let pieces = self.pieces()?;
        let mut found: BTreeMap<(usize, usize), (f32, usize)> = BTreeMap::new();
        for (number, &[token, byte]) in pieces.iter().enumerate() {
            let (leaf, _) = segment.source(token, document)?;
            let leaf = match leaves.entry(leaf) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(segment.said_by(leaf, document)?),
            };
            // Of no place of the text: it says what the passage says.
            let within = |said: &&Said| byte == NOWHERE || said.range.contains(&(byte as usize));
            if let Some(said) = leaf.iter().find(within) {
                let weight = if byte == NOWHERE { 0.0 } else { weights(number) };
                found.entry((said.range.start, said.range.end)).or_insert((0.0, said.tokens)).0 += weight;
            }
        }
        let mut ranked: Vec<((usize, usize), (f32, usize))> = found.into_iter().collect();
        ranked.sort_by(|(_, a), (_, b)| b.0.total_cmp(&a.0));
        let (mut said, mut room) = (Vec::<Said>::new(), pieces.len());
        for ((start, end), (_, tokens)) in ranked {
            if (tokens <= room || said.is_empty())
                && said.iter().all(|said| said.range.end <= start || end <= said.range.start)
            {
                room = room.saturating_sub(tokens);
                said.push(Said { range: start..end, tokens });
            }
        }
        said.sort_by_key(|said| said.range.start);
        Ok(said)
    }
}

impl Segment {
    /// The passage of a token vector of a document, and its number in that.
    pub(super) fn source(&self, token: u32, document: &DocumentRecord) -> Result<(usize, usize)> {
        let leaves = document.leaves();
        let missing =
            || self.sections.corrupt(Section::NodePieces, "token vectors of the document", &token.to_string());
        let starts: &[u32] = self.sections.some(Section::PassageStarts, leaves.start..leaves.end.saturating_add(1))?;
        let [first, .., end] = starts else { return Err(missing()) };
        let at = first.checked_add(token).filter(|at| at < end).ok_or_else(missing)?;
        let leaf = starts.partition_point(|start| *start <= at).checked_sub(1).ok_or_else(missing)?;
        Ok((leaves.start + leaf, (at - starts[leaf]) as usize))
    }

    /// The sentences of a passage; all of it if it has none.
    pub(crate) fn said_by(&self, leaf: usize, document: &DocumentRecord) -> Result<Vec<Said>> {
        let record = self.passage(leaf)?;
        let text = self.passage_text(&record, document)?;
        let start = record.start as usize;
        let vectors = self.token_range(leaf)?.len();
        let tokens = |range: &Range<usize>| (range.len() * vectors).div_ceil(text.len().max(1)).max(1);
        let mut said: Vec<Said> = sentences(text)
            .into_iter()
            .map(|range| Said { tokens: tokens(&range), range: start + range.start..start + range.end })
            .collect();
        if said.is_empty() {
            said.push(Said { range: start..record.end as usize, tokens: vectors });
        }
        Ok(said)
    }
}
