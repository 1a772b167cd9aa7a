//! Where stored token vectors are from.

use super::{Generation, Place};
use crate::encode::{Encoder, encoded_text};
use crate::format::Section;
use crate::{Context, Result};

impl Generation {
    /// Of each passage, the byte of its document at which the token of each of its vectors begins: `None` of special
    /// tokens, titles and headings, and of all where that is not known, as of vectors that came with their document.
    pub(crate) fn token_bytes(
        &self,
        context: &Context,
        encoder: &dyn Encoder,
        passages: &[Place],
    ) -> Result<Vec<Vec<Option<usize>>>> {
        let mut texts = Vec::with_capacity(passages.len());
        for &(at, row) in passages {
            let segment = &self.parts()[at].segment;
            let passage = segment.passage(row)?;
            let document = segment.document_of(&passage)?;
            let text = segment.passage_text(&passage, &document)?;
            let part_of_text = |span| segment.sections().text(Section::Text, span);
            let encoded = encoded_text(part_of_text(document.title)?, part_of_text(passage.heading)?, text);
            let before = encoded.len() - text.len();
            texts.push((encoded, before, passage.start as usize, segment.token_range(row)?.len()));
        }
        let encoded: Vec<&str> = texts.iter().map(|(encoded, ..)| encoded.as_str()).collect();
        let starts = encoder.passage_starts(context, &encoded)?;
        let bytes = texts.iter().zip(starts).map(|(&(_, before, first, vectors), starts)| {
            let byte = |start: Option<usize>| Some(first + start?.checked_sub(before)?);
            match starts.len() == vectors {
                true => starts.into_iter().map(byte).collect(),
                false => vec![None; vectors],
            }
        });
        Ok(bytes.collect())
    }
}
